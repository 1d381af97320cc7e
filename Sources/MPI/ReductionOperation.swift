import COpenMPI

/// A predefined operation that combines the ranks' elements, one position at a time (MPI 3.1, section 5.9.2).
///
/// The library chooses the order of a sum's terms by the size of the buffer and the number of ranks. Sums of
/// floating-point numbers therefore differ in the last bits when the number of ranks does; minima, maxima and
/// everything on integers do not.
public enum ReductionOperation: Hashable, Sendable, CaseIterable {
  /// The sum, `MPI_SUM`; integers wrap around.
  case sum
  /// The product, `MPI_PROD`; integers wrap around.
  case product
  /// The minimum, `MPI_MIN`.
  case minimum
  /// The maximum, `MPI_MAX`.
  case maximum
  /// 1 if all elements are nonzero, else 0: `MPI_LAND`.
  ///
  /// Integers only.
  case logicalAnd
  /// 1 if any element is nonzero, else 0: `MPI_LOR`.
  ///
  /// Integers only.
  case logicalOr
  /// 1 if an odd number of elements is nonzero, else 0: `MPI_LXOR`.
  ///
  /// Integers only.
  case logicalExclusiveOr
  /// The bits that are 1 in all elements, `MPI_BAND`.
  ///
  /// Integers only.
  case bitwiseAnd
  /// The bits that are 1 in any element, `MPI_BOR`.
  ///
  /// Integers only.
  case bitwiseOr
  /// The bits that are 1 in an odd number of elements, `MPI_BXOR`.
  ///
  /// Integers only.
  case bitwiseExclusiveOr

  var handle: MPI_Op {
    switch self {
    case .sum: MPI_SUM
    case .product: MPI_PROD
    case .minimum: MPI_MIN
    case .maximum: MPI_MAX
    case .logicalAnd: MPI_LAND
    case .logicalOr: MPI_LOR
    case .logicalExclusiveOr: MPI_LXOR
    case .bitwiseAnd: MPI_BAND
    case .bitwiseOr: MPI_BOR
    case .bitwiseExclusiveOr: MPI_BXOR
    }
  }
}
