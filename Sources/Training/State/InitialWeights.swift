import Execution
import Mistakes
import NeuralNetworks
import Safetensors

/// How the tensors of a file became the beginning of a run: what was taken, and what was not.
public struct InitialWeights: Sendable {
  /// The file; nil for tensors that were made in memory.
  public let path: String?
  /// The digest of all tensors of the file.
  public let digest: String
  /// The tensors of the model that the file gave.
  public private(set) var loaded: [String] = []
  /// The tensors that keep their fresh initialization, because they are to be reset.
  public private(set) var reset: [String] = []
  /// The reset tensors that the file has in another shape: with that, and that of the model.
  public private(set) var reshaped: [(name: String, found: [Int], needed: [Int])] = []
  /// The tensors of the file that the model does not have.
  public private(set) var leftOut: [String] = []
  /// The model's state with these tensors.
  private(set) var tensors: [StateTensor] = []

  /// Fits a file to a model.
  ///
  /// - Parameters:
  ///   - fresh: the model's state as it was initialized.
  ///   - resets: the prefixes of what keeps that.
  /// - Throws: `UserMistake` if a tensor is missing, has another type or shape, or numbers that no training leaves behind.
  init(_ file: TensorFile, fresh: [StateTensor], resets: [String]) throws(UserMistake) {
    path = file.path
    digest = Tensor.digest(of: file.tensors)
    let file = file.unwrapped(for: fresh)
    let source = file.path ?? "the initial weights"
    let absent = fresh.filter { tensor in
      file[tensor.name] == nil && tensor.isNeeded && !Self.holds(resets, tensor.name)
    }
    if let first = absent.first {
      let count = fresh.count { $0.isNeeded && !Self.holds(resets, $0.name) }
      let others = absent.count > 1 ? ", and so are \(absent.count - 1) others of \(count)" : ""
      let remedy =
        2 * absent.count > count
        ? "; it holds another model, whose first tensor is \(file.names.first.map { "\"\($0)\"" } ?? "none")"
        : "; what is to begin anew, such as another head, belongs to model.reset"
      throw UserMistake("\(source): tensor \"\(first.name)\" \(first.shape) is missing\(others)\(remedy)")
    }
    for tensor in fresh {
      let found = file[tensor.name]
      if Self.holds(resets, tensor.name) {
        reset.append(tensor.name)
        if let found, found.shape != tensor.shape {
          reshaped.append((tensor.name, found.shape, tensor.shape))
        }
        tensors.append(tensor)
      } else if let found {
        tensors.append(try tensor.taking(found, from: source))
        loaded.append(tensor.name)
      } else {
        // The count of batches, which no result depends on, and which files from elsewhere may lack.
        tensors.append(tensor)
      }
    }
    let known = Set(fresh.map(\.name))
    leftOut = file.names.filter { !known.contains($0) }
    if let complaint = file.implausibility { throw UserMistake(complaint) }
  }

  /// What was loaded and what was not, line by line.
  public var lines: [String] {
    let source = path ?? "tensors in memory"
    var lines = ["initial weights: \(loaded.count) of \(tensors.count) tensors from \(source)"]
    if !reset.isEmpty { lines.append("  begin anew (model.reset): \(Self.list(reset))") }
    for (name, found, needed) in reshaped {
      lines.append("  another shape: \(name) has \(found) there, \(needed) here")
    }
    let zero = tensors.filter { tensor in !loaded.contains(tensor.name) && !reset.contains(tensor.name) }
    if !zero.isEmpty { lines.append("  missing there, begin at 0: \(Self.list(zero.map(\.name)))") }
    if !leftOut.isEmpty { lines.append("  left out, not in the model: \(Self.list(leftOut))") }
    return lines
  }

  private static func list(_ names: [String]) -> String {
    names.prefix(12).joined(separator: ", ") + (names.count > 12 ? ", … (\(names.count) in all)" : "")
  }

  private static func holds(_ prefixes: [String], _ name: String) -> Bool {
    prefixes.contains { Graph.isPath(name, under: $0) }
  }
}

extension StateTensor {
  /// Whether a file must have it: all but counts of batches.
  fileprivate var isNeeded: Bool {
    if case .floats = elements { true } else { false }
  }

  /// The same tensor with the elements of a file's.
  fileprivate func taking(_ found: Tensor, from source: String) throws(UserMistake) -> StateTensor {
    var result = self
    switch elements {
    case .floats:
      guard let values = found.elements(as: Float.self) else { throw mistake(found, "F32", source) }
      result.elements = .floats(values)
    case .integers:
      guard let values = found.elements(as: Int64.self) else { throw mistake(found, "I64", source) }
      result.elements = .integers(values)
    }
    guard found.shape == shape else {
      throw UserMistake(
        "\(source): tensor \"\(name)\" has shape \(found.shape), but the model needs \(shape); what is to begin anew, such as "
          + "another head, belongs to model.reset")
    }
    return result
  }

  private func mistake(_ found: Tensor, _ needed: String, _ source: String) -> UserMistake {
    UserMistake("\(source): tensor \"\(name)\" is \(found), but \(needed) \(shape) is needed")
  }
}
