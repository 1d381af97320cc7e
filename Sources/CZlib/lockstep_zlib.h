// zlib's gzip reader for the Swift module `Datasets`, its one importer.

#ifndef LOCKSTEP_ZLIB_H
#define LOCKSTEP_ZLIB_H

#include <zlib.h>

#endif
