// Open MPI for the Swift module `MPI`, its one importer.
//
// Swift reads mpi.h itself, but not its handles: `MPI_COMM_WORLD` and the rest are macros that cast the address
// of a library object, and Swift imports no such macro. Here each becomes a function that Swift sees as a
// constant of the same name. Null pointers and `MPI_IN_PLACE` are casts too and are treated alike.

#ifndef LOCKSTEP_MPI_H
#define LOCKSTEP_MPI_H

#include <mpi.h>

#define LOCKSTEP_MPI_CONSTANT(type, name)                                  \
  __attribute__((swift_name("getter:" #name "()"))) static inline type     \
  lockstep_##name(void) {                                                  \
    return name;                                                           \
  }

// Communicators
LOCKSTEP_MPI_CONSTANT(MPI_Comm _Nonnull, MPI_COMM_WORLD)
LOCKSTEP_MPI_CONSTANT(MPI_Comm _Nonnull, MPI_COMM_SELF)
LOCKSTEP_MPI_CONSTANT(MPI_Comm _Nonnull, MPI_COMM_NULL)

// Datatypes
LOCKSTEP_MPI_CONSTANT(MPI_Datatype _Nonnull, MPI_FLOAT)
LOCKSTEP_MPI_CONSTANT(MPI_Datatype _Nonnull, MPI_DOUBLE)
LOCKSTEP_MPI_CONSTANT(MPI_Datatype _Nonnull, MPI_INT32_T)
LOCKSTEP_MPI_CONSTANT(MPI_Datatype _Nonnull, MPI_INT64_T)
LOCKSTEP_MPI_CONSTANT(MPI_Datatype _Nonnull, MPI_UINT8_T)
LOCKSTEP_MPI_CONSTANT(MPI_Datatype _Nonnull, MPI_UINT64_T)
LOCKSTEP_MPI_CONSTANT(MPI_Datatype _Nonnull, MPI_BYTE)
LOCKSTEP_MPI_CONSTANT(MPI_Datatype _Nonnull, MPI_DATATYPE_NULL)

// Reduction operations
LOCKSTEP_MPI_CONSTANT(MPI_Op _Nonnull, MPI_SUM)
LOCKSTEP_MPI_CONSTANT(MPI_Op _Nonnull, MPI_PROD)
LOCKSTEP_MPI_CONSTANT(MPI_Op _Nonnull, MPI_MIN)
LOCKSTEP_MPI_CONSTANT(MPI_Op _Nonnull, MPI_MAX)
LOCKSTEP_MPI_CONSTANT(MPI_Op _Nonnull, MPI_LAND)
LOCKSTEP_MPI_CONSTANT(MPI_Op _Nonnull, MPI_LOR)
LOCKSTEP_MPI_CONSTANT(MPI_Op _Nonnull, MPI_LXOR)
LOCKSTEP_MPI_CONSTANT(MPI_Op _Nonnull, MPI_BAND)
LOCKSTEP_MPI_CONSTANT(MPI_Op _Nonnull, MPI_BOR)
LOCKSTEP_MPI_CONSTANT(MPI_Op _Nonnull, MPI_BXOR)
LOCKSTEP_MPI_CONSTANT(MPI_Op _Nonnull, MPI_OP_NULL)

// Everything else
LOCKSTEP_MPI_CONSTANT(void *_Nonnull, MPI_IN_PLACE)
LOCKSTEP_MPI_CONSTANT(MPI_Status *_Nullable, MPI_STATUS_IGNORE)
LOCKSTEP_MPI_CONSTANT(MPI_Request _Nonnull, MPI_REQUEST_NULL)
LOCKSTEP_MPI_CONSTANT(MPI_Errhandler _Nonnull, MPI_ERRORS_RETURN)
LOCKSTEP_MPI_CONSTANT(MPI_Info _Nonnull, MPI_INFO_NULL)
LOCKSTEP_MPI_CONSTANT(MPI_Win _Nonnull, MPI_WIN_NULL)

#undef LOCKSTEP_MPI_CONSTANT

#endif
