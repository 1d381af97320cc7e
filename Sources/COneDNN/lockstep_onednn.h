// oneDNN's C interface for the Swift module `Execution`, its one importer.
//
// Beside the library's own header it declares the single OpenMP call we need: libgomp reads its environment
// when it is loaded, which is before `main`, so the pool is set to one thread by a call.

#ifndef LOCKSTEP_ONEDNN_H
#define LOCKSTEP_ONEDNN_H

#include <dnnl.h>

extern void omp_set_num_threads(int count);

#endif
