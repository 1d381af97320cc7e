import Execution
import Foundation
import Safetensors
import Testing

/// What the runs of PyTorch in `Golden` share: a LeNet that was trained before, on 32 images.
enum GoldenLeNet {
  private static let directory = URL(fileURLWithPath: #filePath).deletingLastPathComponent()

  /// The runs of a file in `Golden`, by name; none if it cannot be read, which the tests notice.
  static func runs<Run: Decodable>(_ file: String) -> [String: Run] {
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    return FileManager.default.contents(atPath: directory.appending(path: "Golden/\(file)").path)
      .flatMap { try? decoder.decode([String: Run].self, from: $0) } ?? [:]
  }

  /// The images, the labels and the weights.
  static func file() throws -> TensorFile {
    try TensorFile(
      contentsOf: directory.appending(path: "../ExecutionTests/Golden/lenet_max.safetensors").standardized
        .path)
  }

  /// The weights alone, under the names of the model.
  static func weights() throws -> TensorFile {
    TensorFile(
      tensors: try file().tensors.compactMap { name, tensor in
        name.hasPrefix("initial/") ? (String(name.dropFirst("initial/".count)), tensor) : nil
      })
  }

  /// Whether rounding decides what a tensor becomes.
  ///
  /// What a batch normalization takes away again has a gradient of zero but for rounding, which AdamW makes a step of; the
  /// running means go along.
  static func isUndetermined(_ name: String, optimizer: String) -> Bool {
    optimizer == "adamw"
      && (["0.bias", "4.bias", "9.bias", "12.bias"].contains(name) || name.hasSuffix("running_mean"))
  }

  /// Compares a tensor with what the scripts' `probe` tells of it: the largest magnitude, and three elements.
  static func compare(_ found: StateTensor, _ probe: [Double]) {
    let values: [Double] =
      switch found.elements {
      case .floats(let values): values.map(Double.init)
      case .integers(let values): values.map(Double.init)
      }
    let largest = values.reduce(0) { max($0, abs($1)) }
    let probed = [largest] + [0.0, 0.31, 0.77].map { values[Int($0 * Double(values.count))] }
    for (value, expected) in zip(probed, probe) {
      #expect(
        abs(value - expected) <= 1e-4 * max(probe[0], 0.1), "\(found.name): \(value), not \(expected)")
    }
  }
}
