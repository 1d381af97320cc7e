/// The part of a dataset that samples are taken from.
public enum DatasetSplit: String, CaseIterable, Sendable {
  /// The samples that a model learns from.
  case train
  /// The samples that a model is judged by; it never learns from them.
  case test
}
