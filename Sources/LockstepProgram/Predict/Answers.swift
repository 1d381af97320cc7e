import Datasets
import Foundation
import Records
import Training

/// What a model's outputs say of a sample.
struct Answers {
  private let signature: ModelSignature
  private let top: Int

  /// - Parameter top: how many classes are told, the most probable first.
  init(_ signature: ModelSignature, top: Int) {
    (self.signature, self.top) = (signature, top)
  }

  /// A line for the user: the most probable classes with their probabilities, or the values.
  func line(_ name: String, _ outputs: [Float]) -> String {
    let words =
      switch signature.target {
      case .classes:
        ranked(outputs).map { "\(label($0.index)) \(String(format: "%.4f", $0.probability))" }
      case .values: values(outputs).map { "\(Float($0))" }
      }
    return ([name] + words).joined(separator: "  ")
  }

  /// The same as an object, with all logits or values.
  func json(_ name: String, _ outputs: [Float]) -> JSON {
    switch signature.target {
    case .classes:
      .object([
        ("input", .text(name)),
        (
          "top",
          .list(
            ranked(outputs).map { index, probability in
              .object([
                ("class", .integer(index)), ("name", .text(label(index))),
                ("probability", .number(probability)),
              ])
            })
        ),
        ("logits", .list(outputs.map { .number(Double($0)) })),
      ])
    case .values:
      .object([("input", .text(name)), ("values", .list(values(outputs).map(JSON.number)))])
    }
  }

  private func label(_ index: Int) -> String { signature.classNames?[index] ?? "\(index)" }

  /// The most probable classes; of equal ones the first.
  private func ranked(_ logits: [Float]) -> [(index: Int, probability: Double)] {
    let largest = Double(logits.max() ?? 0)
    let powers = logits.map { exp(Double($0) - largest) }
    let sum = powers.reduce(0, +)
    let order = logits.indices.sorted { (logits[$1], $0) < (logits[$0], $1) }
    return order.prefix(top).map { ($0, powers[$0] / sum) }
  }

  /// The values in the units of the data.
  private func values(_ outputs: [Float]) -> [Double] {
    outputs.enumerated().map { index, output in
      guard let scale = signature.targetScale else { return Double(output) }
      return Double(output) * scale.deviation[index] + scale.mean[index]
    }
  }
}
