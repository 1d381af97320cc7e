import Datasets
import Mistakes
import Training

/// The samples that a command looks at.
public enum EvaluatedSplit: String, CaseIterable, Sendable {
  /// Those that the model learns from.
  case train
  /// Those of the training set that are kept from it for validation.
  case validation
  /// The test set.
  case test
}

extension Configuration {
  /// Reads the samples of a split, without random changes.
  ///
  /// - Throws: `UserMistake` if there are no validation samples; a `UserError` if the data are missing or damaged.
  func samples(_ split: EvaluatedSplit) throws -> any SampleSource {
    if split == .test { return try data.dataset.source(.test, false) }
    guard let fraction = data.validationFraction else {
      guard split == .train else {
        throw UserMistake(
          "--split validation: no samples are kept for validation, since data.validation_fraction is left out"
        )
      }
      return try data.dataset.source(.train, false)
    }
    let all = try data.dataset.source(.train, false)
    guard all.count > 1 else {
      throw UserMistake("data.validation_fraction: there is one training sample, at least 2 needed")
    }
    let parts = all.split(validationFraction: fraction, seed: UInt64(recipe.seed))
    return split == .train ? parts.training : parts.validation
  }
}
