// oneDNN's C interface for the Swift module `Execution`, its one importer.
//
// Beside the library's own header it declares the single OpenMP call we need: libgomp reads its environment
// when it is loaded, which is before `main`, so the pool is set to one thread by a call. And it tells for which
// vector instructions the importing module was compiled, which Swift cannot ask.

#ifndef LOCKSTEP_ONEDNN_H
#define LOCKSTEP_ONEDNN_H

#include <dnnl.h>

extern void omp_set_num_threads(int count);

// The floats of the widest vector register that compiled code may use.
static inline int lockstep_compiled_vector_width(void) {
#if defined(__AVX512F__)
  return 16;
#elif defined(__AVX2__) && defined(__FMA__) || !defined(__x86_64__)
  return 8;
#else
  return 4;
#endif
}

#endif
