/// A check has found that the replicas of the ranks are not all the same.
///
/// All ranks throw it in the same step, after the step's sums.
public struct ReplicaCheckFailure: Error {
  /// This rank's tensors as they were before the step, in the order of PyTorch's `state_dict`.
  public var hashes: [ReplicaCheckHash]
}
