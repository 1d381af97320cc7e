/// How a model's answers fit the classes of a data set: every sample counted, by its class and the model's answer.
///
/// The answer is the class with the largest output, the first of equals. Counts are integers, and so the same for any number
/// of ranks. Classes without a sample or without an answer have no recall or precision: nil, where scikit-learn says 0.
public struct ClassScores: Hashable, Sendable {
  /// A class and an answer.
  struct Cell: Hashable, Comparable {
    var label: Int
    var answer: Int

    static func < (one: Cell, other: Cell) -> Bool {
      (one.label, one.answer) < (other.label, other.answer)
    }
  }

  /// The number of classes of the model.
  public let classCount: Int
  /// The number of samples.
  public private(set) var sampleCount = 0
  /// The samples whose class is among the five largest outputs; of equal outputs the first count.
  public private(set) var amongFive = 0
  /// The samples of each cell that has any; a model of a thousand classes has a million cells.
  private(set) var counts: [Cell: Int] = [:]

  /// Scores of no samples.
  ///
  /// - Parameter classCount: the number of the model's outputs, ≥ 1.
  public init(classCount: Int) {
    self.classCount = classCount
  }

  /// Counts a sample.
  ///
  /// - Parameters:
  ///   - outputs: the model's results for it, one a class.
  ///   - label: its class.
  public mutating func add(_ outputs: [Float], label: Int) {
    var (answer, larger) = (0, 0)
    for index in outputs.indices {
      if outputs[index] > outputs[answer] { answer = index }
      // What is not a number is no smaller than anything, so that it is never right.
      let isBehind = outputs[index] < outputs[label] || (outputs[index] == outputs[label] && index >= label)
      if !isBehind { larger += 1 }
    }
    add(1, Cell(label: label, answer: answer))
    if larger < 5 { amongFive += 1 }
  }

  private mutating func add(_ count: Int, _ cell: Cell) {
    counts[cell, default: 0] += count
    sampleCount += count
  }

  // MARK: - What the counts say

  /// The samples of a class that the model takes for another, or for what they are.
  public func count(of label: Int, answeredAs answer: Int) -> Int {
    counts[Cell(label: label, answer: answer)] ?? 0
  }

  /// The counts by class, each by answer.
  public var confusion: [[Int]] {
    var rows = [[Int]](repeating: [Int](repeating: 0, count: classCount), count: classCount)
    for (cell, count) in counts { rows[cell.label][cell.answer] = count }
    return rows
  }

  /// The part of all samples whose answer is their class, 0 to 1.
  public var accuracy: Double {
    Double(counts.reduce(0) { $0 + ($1.key.label == $1.key.answer ? $1.value : 0) }) / Double(sampleCount)
  }

  /// The part of all samples whose class is among the five largest outputs, 0 to 1; nil for fewer than six classes.
  public var topFiveAccuracy: Double? {
    classCount > 5 ? Double(amongFive) / Double(sampleCount) : nil
  }

  /// How one class fares.
  public struct Class: Hashable, Sendable {
    /// Its samples.
    public var samples = 0
    /// The samples that were taken for it.
    public var answers = 0
    /// The samples that were rightly taken for it.
    public var correct = 0

    /// Of the samples taken for it, those that are, 0 to 1; nil if none was taken for it.
    public var precision: Double? { answers > 0 ? Double(correct) / Double(answers) : nil }
    /// Of its samples, those that were found, 0 to 1; nil if it has none.
    public var recall: Double? { samples > 0 ? Double(correct) / Double(samples) : nil }
    /// The harmonic mean of precision and recall, 0 to 1; nil if the class neither occurs nor is answered.
    public var f1: Double? {
      samples + answers > 0 ? 2 * Double(correct) / Double(samples + answers) : nil
    }
  }

  /// Each class by itself.
  public var classes: [Class] {
    var classes = [Class](repeating: Class(), count: classCount)
    for (cell, count) in counts {
      classes[cell.label].samples += count
      classes[cell.answer].answers += count
      if cell.label == cell.answer { classes[cell.label].correct += count }
    }
    return classes
  }

  /// The mean F1 of the classes that occur or are answered: a majority class alone cannot make it large.
  public var macroF1: Double {
    let scores = classes.compactMap(\.f1)
    return scores.reduce(0, +) / Double(scores.count)
  }

  /// The mean recall of the classes that occur, also called balanced accuracy.
  public var meanRecall: Double {
    let recalls = classes.compactMap(\.recall)
    return recalls.reduce(0, +) / Double(recalls.count)
  }

  /// The mistakes that are made most often, the most frequent first; of equals the lower classes first.
  public func mistakes(atMost limit: Int) -> [(label: Int, answer: Int, count: Int)] {
    counts.filter { $0.key.label != $0.key.answer }
      .sorted { ($1.value, $0.key) < ($0.value, $1.key) }
      .prefix(limit).map { ($0.key.label, $0.key.answer, $0.value) }
  }
}

extension ClassScores {
  /// The counts as words for other ranks: the samples among five, then class, answer and count of each cell.
  var words: [UInt64] {
    [UInt64(amongFive)] + counts.flatMap { [UInt64($0.key.label), UInt64($0.key.answer), UInt64($0.value)] }
  }

  /// Adds the counts that another rank has sent.
  mutating func add(_ words: [UInt64]) {
    amongFive += Int(words[0])
    for index in stride(from: 1, to: words.count, by: 3) {
      add(Int(words[index + 2]), Cell(label: Int(words[index]), answer: Int(words[index + 1])))
    }
  }
}
