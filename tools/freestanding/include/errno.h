/* Just enough to read the headers of the crypto libraries: no function of errno.h is declared, so none
 * can be called by the kernel. */
#pragma once
