import Datasets
import Foundation
import NeuralNetworks
import Records
import Training

/// What a model's outputs say of a sample.
struct Answers {
  private let signature: ModelSignature
  private let loss: Graph.Loss?
  private let top: Int

  /// - Parameters:
  ///   - loss: what the model was trained to lessen, which says what its outputs are.
  ///   - top: how many classes are told, the most probable first.
  init(_ signature: ModelSignature, loss: Graph.Loss?, top: Int) {
    (self.signature, self.loss, self.top) = (signature, loss, top)
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

  /// The name of a class; the number of an output that no class of the data belongs to.
  private func label(_ index: Int) -> String {
    guard let names = signature.classNames, names.indices.contains(index) else { return "\(index)" }
    return names[index]
  }

  /// The most probable classes; of equal ones the first.
  private func ranked(_ logits: [Float]) -> [(index: Int, probability: Double)] {
    let probabilities = probabilities(logits)
    let order = probabilities.indices.sorted { (probabilities[$1], $0) < (probabilities[$0], $1) }
    return order.prefix(top).map { ($0, probabilities[$0]) }
  }

  /// The softmax of the outputs, or the sigmoid of each after binary cross entropy.
  ///
  /// A single output is then the second of two classes'. A squared loss leaves no probabilities: its outputs stand for them.
  private func probabilities(_ outputs: [Float]) -> [Double] {
    switch loss {
    case .binaryCrossEntropy:
      let each = outputs.map { 1 / (1 + exp(-Double($0))) }
      return each.count == 1 && signature.target.count == 2 ? [1 - each[0], each[0]] : each
    case .squared: return outputs.map(Double.init)
    case .softmaxCrossEntropy, nil:
      let largest = Double(outputs.max() ?? 0)
      let powers = outputs.map { exp(Double($0) - largest) }
      let sum = powers.reduce(0, +)
      return powers.map { $0 / sum }
    }
  }

  /// The values in the units of the data.
  private func values(_ outputs: [Float]) -> [Double] {
    if loss == .binaryCrossEntropy { return probabilities(outputs) }
    return outputs.enumerated().map { index, output in
      guard let scale = signature.targetScale else { return Double(output) }
      return Double(output) * scale.deviation[index] + scale.mean[index]
    }
  }
}
