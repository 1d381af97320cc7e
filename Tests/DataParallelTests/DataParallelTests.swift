import Testing

/// The suite of all tests in which several ranks take part.
///
/// It is serialized, which makes the order of tests the same on all ranks. Run it on one rank by itself, on three by
///
///     mpirun -n 3 .build/release/LockstepPackageTests.xctest --testing-library swift-testing \
///       --filter DataParallelTests
///
/// The oracle is always a `SerialReduction` in the same process, which computes all microshards.
@Suite(.serialized) struct DataParallelTests {}
