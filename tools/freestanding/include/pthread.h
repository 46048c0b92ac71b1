/* Just enough to read the headers of the crypto libraries: no function of pthread.h is declared, so none
 * can be called by the kernel. */
#pragma once

typedef int pthread_once_t;
typedef unsigned pthread_key_t;
typedef unsigned long pthread_t;
