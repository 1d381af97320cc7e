public import Datasets
package import Records

/// What a model takes and answers, as far as whoever applies it must know it: kept in checkpoints, so that predictions and
/// exports need no training data.
public struct ModelSignature: Equatable, Sendable {
  /// The shape of a sample, [channels, height, width] of an image, or [features].
  public var inputShape: [Int]
  /// What the model answers.
  public var target: SampleTarget
  /// The names of the classes, one a class in order; nil where they have none.
  public var classNames: [String]?
  /// The names of the features, one a feature in order; nil where they have none.
  public var featureNames: [String]?
  /// What the samples' channels or features were brought to a common scale by; nil if they were taken as they are.
  public var inputScale: Standardization?
  /// What the values that the model answers were brought to a common scale by; nil if they were taken as they are.
  public var targetScale: Standardization?

  /// A signature without names and scales.
  public init(inputShape: [Int], target: SampleTarget) {
    (self.inputShape, self.target) = (inputShape, target)
  }

  /// The signature of a model that is trained on samples.
  public init(of samples: any SampleSource) {
    (inputShape, target) = (samples.shape, samples.target)
    (classNames, featureNames) = (samples.classNames, samples.featureNames)
    (inputScale, targetScale) = (samples.inputScale, samples.targetScale)
  }
}

extension ModelSignature {
  /// The signature as a checkpoint tells it.
  package var json: JSON {
    func map(_ scale: Standardization) -> JSON {
      .object([
        ("mean", .list(scale.mean.map(JSON.number))), ("deviation", .list(scale.deviation.map(JSON.number))),
      ])
    }
    var members: [(key: String, value: JSON)] = [
      ("input_shape", .list(inputShape.map(JSON.integer)))
    ]
    switch target {
    case .classes(let count): members.append(("classes", .integer(count)))
    case .values(let count): members.append(("values", .integer(count)))
    }
    if let classNames { members.append(("class_names", .list(classNames.map(JSON.text)))) }
    if let featureNames { members.append(("feature_names", .list(featureNames.map(JSON.text)))) }
    if let inputScale { members.append(("input_scale", map(inputScale))) }
    if let targetScale { members.append(("target_scale", map(targetScale))) }
    return .object(members)
  }

  /// Reads what a checkpoint tells; nil if it is not what `json` makes.
  package init?(_ json: JSON) {
    guard let shape = json["input_shape"]?.list?.compactMap(\.integer), !shape.isEmpty,
      shape.allSatisfy({ $0 > 0 })
    else { return nil }
    inputShape = shape
    switch (json["classes"]?.integer, json["values"]?.integer) {
    case (let count?, nil) where count > 0: target = .classes(count)
    case (nil, let count?) where count > 0: target = .values(count)
    default: return nil
    }
    if let names = json["class_names"]?.list?.compactMap(\.text) {
      guard names.count == target.count else { return nil }
      classNames = names
    }
    if let names = json["feature_names"]?.list?.compactMap(\.text) {
      guard names.count == shape[0] else { return nil }
      featureNames = names
    }
    if let scale = json["input_scale"] {
      inputScale = Self.scale(scale, counts: [1, shape[0]])
      guard inputScale != nil else { return nil }
    }
    if let scale = json["target_scale"] {
      targetScale = Self.scale(scale, counts: [target.count])
      guard targetScale != nil else { return nil }
    }
  }

  private static func scale(_ json: JSON, counts: [Int]) -> Standardization? {
    guard let mean = json["mean"]?.list?.compactMap(\.number),
      let deviation = json["deviation"]?.list?.compactMap(\.number),
      counts.contains(mean.count), deviation.count == mean.count, mean.allSatisfy(\.isFinite),
      deviation.allSatisfy({ $0.isFinite && $0 > 0 })
    else { return nil }
    return Standardization(mean: mean, deviation: deviation)
  }
}
