// LAPACK's C interface for the Swift module `Minimization`, its one importer.
//
// Meant is the reference implementation (Debian liblapacke-dev, Homebrew lapack): one thread, and no choice
// of kernels by processor, so that every rank gets the same bits from the same matrix. Debian's
// alternatives may put OpenBLAS in its place, which has both: then all hosts need the same processor and
// number of threads.

#ifndef LOCKSTEP_LAPACK_H
#define LOCKSTEP_LAPACK_H

#include <lapacke.h>

#endif
