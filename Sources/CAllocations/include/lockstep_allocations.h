// Counts the allocations of the whole process, libraries included, while asked to.
//
// glibc has no hooks any more, so the functions themselves are defined anew here and call glibc's own. Where there
// is another C library nothing is counted.
#ifndef LOCKSTEP_ALLOCATIONS_H
#define LOCKSTEP_ALLOCATIONS_H

/// Begins to count from zero.
void lockstep_allocations_begin(void);

/// Ends counting; the number of allocations since its beginning, -1 where allocations cannot be counted.
long lockstep_allocations_end(void);

#endif
