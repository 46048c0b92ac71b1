/* precompiletest - scope precompiletest PATH...: runs precompile vectors in go-ethereum's format.
 *
 * Exit status: 0 all passed, 1 some failed or none was found, 2 a file is wrong, 3 the machine failed. */
#ifndef CONFORMANCE_PRECOMPILETEST_H
#define CONFORMANCE_PRECOMPILETEST_H

int cmd_precompiletest(int argc, char **argv);

#endif
