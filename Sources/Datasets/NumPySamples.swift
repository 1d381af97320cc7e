import Mistakes

/// One split of the samples in NumPy's arrays `x_train`, `y_train`, `x_test`, `y_test`.
///
/// Inputs are [sample, feature], [sample, row, column], or images with channels in either order (``ArrayLayout``), of type
/// uint8 (divided by 255), uint16 (divided by 65535) or float32 (as they are). Targets are integers from 0, [sample] or
/// [sample, 1], of classes that are counted over both splits; or floating-point numbers, [sample] or [sample, value].
public enum NumPySamples {
  /// Images of bytes, of classes.
  case images(ImageDataset)
  /// All others.
  case numbers(InMemorySamples)

  /// Reads a split.
  ///
  /// - Parameters:
  ///   - path: an `.npz` file, or a folder of `.npy` files.
  ///   - split: which of the two.
  ///   - layout: what the dimensions of the inputs are.
  ///   - count: how many samples to take, from the first on; nil for all.
  /// - Throws: `DatasetError` that names file and array, if an array is missing, damaged, of another type or shape, or has
  ///   objects; if numbers are not finite, or labels are not classes.
  public static func load(
    path: String, split: DatasetSplit, layout: ArrayLayout = .auto, count: Int? = nil
  ) throws(DatasetError) -> NumPySamples {
    let files = try NumPyFiles(path: path)
    // The targets are the smaller arrays: most mistakes show before the inputs are read.
    let targets = (train: try Targets(files.array("y_train")), test: try Targets(files.array("y_test")))
    let target = try SampleTarget(targets.train, targets.test)
    let inputs = try files.array(split == .train ? "x_train" : "x_test")
    let others = try files.array(split == .train ? "x_test" : "x_train")
    guard inputs.header.element.name == others.header.element.name else {
      throw .unusable(
        file: inputs.name,
        problem: "is \(inputs.header.element.name), but \(others.name) is "
          + "\(others.header.element.name); their types must be equal")
    }
    return try NumPySamples(
      inputs, split == .train ? targets.train : targets.test, target, layout: layout, count: count)
  }

  /// Reads inputs whose answers are not known; labels or targets are zeros.
  ///
  /// - Parameters:
  ///   - path: an `.npy` file.
  ///   - layout: what its dimensions are.
  ///   - target: what a model answers.
  /// - Throws: `DatasetError`, as ``load(path:split:layout:count:)``.
  public static func unlabelled(
    path: String, layout: ArrayLayout = .auto, target: SampleTarget
  ) throws(DatasetError) -> NumPySamples {
    let inputs = try NumPyArray(path: path)
    let targets = Targets(zeros: target, count: inputs.header.shape.first ?? 0)
    return try NumPySamples(inputs, targets, target, layout: layout, count: nil)
  }

  private init(
    _ inputs: consuming NumPyArray, _ targets: Targets, _ target: SampleTarget, layout: ArrayLayout,
    count: Int?
  ) throws(DatasetError) {
    let (name, shape, element) = (inputs.name, inputs.header.shape, inputs.header.element)
    let isFortranOrder = inputs.header.isFortranOrder
    let axes = try layout.axes(of: shape, file: name)
    guard shape.allSatisfy({ $0 > 0 }) else {
      throw .unusable(file: name, problem: "is empty, of shape \(sizes(shape))")
    }
    guard shape[0] == targets.count else {
      throw .unusable(
        file: name,
        problem:
          "has \(counted(shape[0], "sample")), but \(targets.name) has \(targets.count); their numbers "
          + "must be equal")
    }
    let count = count ?? shape[0]
    guard count <= shape[0] else {
      throw .unusable(
        file: name, problem: "has \(counted(shape[0], "sample")), fewer than the \(count) that are asked for")
    }
    let sampleShape = axes.dropFirst().map { axis in axis.map { shape[$0] } ?? 1 }
    switch (element.kind, element.byteCount) {
    case (.unsigned, 1), (.unsigned, 2), (.float, 4): break
    default:
      throw .unusable(
        file: name,
        problem: "is \(element.name); expected uint8, uint16 or float32, as x.astype('float32') makes it")
    }
    if element.byteCount == 1, sampleShape.count == 3, case .classes(let classes) = target,
      case .labels(let labels) = targets.values
    {
      let pixels = reordered(
        try inputs.bytes(), shape: shape, isFortranOrder: isFortranOrder, axes: axes, count: count)
      self = .images(
        ImageDataset(
          pixels: pixels, labels: Array(labels[..<count]), channels: sampleShape[0], height: sampleShape[1],
          width: sampleShape[2], classes: classes))
      return
    }
    let numbers = reordered(
      try inputs.floats(), shape: shape, isFortranOrder: isFortranOrder, axes: axes, count: count)
    try requireFinite(numbers, valuesOfSample: numbers.count / count, file: name)
    switch (target, targets.values) {
    case (.classes(let classes), .labels(let labels)):
      self = .numbers(
        InMemorySamples(
          inputs: numbers, shape: sampleShape, labels: Array(labels[..<count]), classes: classes))
    case (.values(let valueCount), .numbers(let values)):
      self = .numbers(
        InMemorySamples(
          inputs: numbers, shape: sampleShape, targets: Array(values[..<(count * valueCount)]),
          targetCount: valueCount))
    default: unreachable("targets of one kind were read as another")
    }
  }
}

/// What the samples of a split are to be answered with.
private struct Targets {
  enum Values {
    case labels([Int32])
    /// [sample, value].
    case numbers([Float])
  }

  /// What messages call the array.
  let name: String
  /// The number of samples.
  let count: Int
  /// The labels or numbers, sample by sample.
  let values: Values

  /// Zeros, where there is nothing to answer with.
  init(zeros target: SampleTarget, count: Int) {
    (name, self.count) = ("", count)
    values =
      switch target {
      case .classes: .labels([Int32](repeating: 0, count: count))
      case .values(let valueCount): .numbers([Float](repeating: 0, count: count * valueCount))
      }
  }

  init(_ array: consuming NumPyArray) throws(DatasetError) {
    let (name, shape, element) = (array.name, array.header.shape, array.header.element)
    let isFortranOrder = array.header.isFortranOrder
    guard shape.count == 1 || shape.count == 2 && (shape[1] == 1 || element.kind == .float && shape[1] > 1)
    else {
      throw .unusable(
        file: name,
        problem: "has the shape \(array.shapeText); expected one label for each sample"
          + (shape.count == 2 && element.isInteger ? ", as y.argmax(1) makes it of ones and zeros" : ""))
    }
    guard shape[0] > 0 else { throw .unusable(file: name, problem: "is empty") }
    (self.name, count) = (name, shape[0])
    if element.isInteger {
      let labels = try array.integers()
      if let sample = labels.firstIndex(where: { $0 < 0 || $0 >= Int32.max }) {
        throw .unusable(
          file: name, problem: "label \(labels[sample]) of sample \(sample) is no class; classes count from 0"
        )
      }
      values = .labels(labels.map { Int32($0) })
    } else {
      guard [4, 8].contains(element.byteCount) else {
        throw .unusable(
          file: name, problem: "is \(element.name); expected integers of classes, float32 or float64")
      }
      let numbers = reordered(
        try array.floats(), shape: shape, isFortranOrder: isFortranOrder, axes: shape.indices.map { $0 },
        count: shape[0])
      try requireFinite(numbers, valuesOfSample: numbers.count / shape[0], file: name)
      values = .numbers(numbers)
    }
  }
}

extension SampleTarget {
  /// What two splits have in common.
  ///
  /// - Throws: `DatasetError` if their targets are of different kinds, or the labels do not begin at 0.
  fileprivate init(_ train: Targets, _ test: Targets) throws(DatasetError) {
    switch (train.values, test.values) {
    case (.labels(let trainLabels), .labels(let testLabels)):
      let largest = Int(max(trainLabels.max() ?? 0, testLabels.max() ?? 0))
      let smallest = min(trainLabels.min() ?? 0, testLabels.min() ?? 0)
      guard smallest == 0 else {
        throw .unusable(
          file: train.name,
          problem: "has labels from \(smallest) to \(largest), but classes count from 0; subtract "
            + "\(smallest) from the labels of both splits")
      }
      guard largest > 0 else {
        throw .unusable(file: train.name, problem: "has one class only: all labels are 0")
      }
      self = .classes(largest + 1)
    case (.numbers(let trainNumbers), .numbers(let testNumbers)):
      let counts = (train: trainNumbers.count / train.count, test: testNumbers.count / test.count)
      guard counts.train == counts.test else {
        throw .unusable(
          file: test.name,
          problem: "has \(counted(counts.test, "value")) for each sample, but \(train.name) has "
            + "\(counts.train)")
      }
      self = .values(counts.train)
    default:
      throw .unusable(
        file: test.name,
        problem: "and \(train.name) are not of one kind; expected integers in both, or "
          + "floating-point numbers in both")
    }
  }
}

/// Requires that all numbers are finite.
private func requireFinite(_ numbers: [Float], valuesOfSample count: Int, file: String) throws(DatasetError) {
  guard let index = numbers.firstIndex(where: { !$0.isFinite }) else { return }
  throw .unusable(
    file: file,
    problem: "sample \(index / count) has \(numbers[index]) as its value \(index % count) (both from 0); "
      + "expected finite numbers")
}
