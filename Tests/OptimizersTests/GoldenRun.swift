import Foundation
import Optimizers
import Safetensors
import Testing

/// Twenty steps of one of PyTorch's optimizers, which `Golden/make_golden.py` has made.
struct GoldenRun: Sendable, CustomTestStringConvertible {
  /// The keyword arguments of an optimizer of `torch.optim`; nil where PyTorch's default holds.
  struct Settings: Decodable, Sendable {
    var momentum: Double?
    var nesterov: Bool?
    var betas: [Double]?
    var eps: Double?
    var weight_decay: Double?
  }

  private struct Description: Decodable {
    var cases: [String: Settings]
  }

  let file: String
  let name: String
  let settings: Settings

  var testDescription: String { name }

  private static let directory = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .appendingPathComponent("Golden")

  /// The runs of a file; none if it cannot be read, which a test finds out.
  static func all(_ file: String) -> [GoldenRun] {
    let json = directory.appendingPathComponent(file + ".json")
    guard let data = try? Data(contentsOf: json),
      let description = try? JSONDecoder().decode(Description.self, from: data)
    else { return [] }
    return description.cases.map { GoldenRun(file: file, name: $0.key, settings: $0.value) }
      .sorted { $0.name < $1.name }
  }

  /// The largest differences of a rule's parameters from PyTorch's, in all steps and elements, computed by PyTorch in
  /// double and in single precision.
  func differences(of rule: some UpdateRule) throws -> (double: Double, single: Double) {
    let path = Self.directory.appendingPathComponent(file + ".safetensors").path
    let tensors = try TensorFile(contentsOf: path)
    let initial: [Float] = try tensors.elements(named: "initial")
    let gradients: [Float] = try tensors.elements(named: "gradients")
    let rates: [Double] = try tensors.elements(named: "learning_rates")
    let double: [Double] = try tensors.elements(named: name + "/float64")
    let single: [Float] = try tensors.elements(named: name + "/float32")
    try #require(rates.count == 20 && gradients.count == 20 * initial.count)
    var parameter = TestParameter(initial, for: rule)
    var found: [Float] = []
    for (step, rate) in rates.enumerated() {
      let begin = step * initial.count
      parameter.step(
        rule, Array(gradients[begin..<begin + initial.count]), index: step, learningRate: rate)
      found += parameter.values
    }
    try #require(found.count == double.count && found.count == single.count)
    return (
      zip(found, double).reduce(0) { max($0, abs(Double($1.0) - $1.1)) },
      zip(found, single).reduce(0) { max($0, Double(abs($1.0 - $1.1))) }
    )
  }
}
