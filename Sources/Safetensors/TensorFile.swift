import Mistakes

/// The content of a safetensors file: named tensors in an order, and a dictionary of strings.
///
/// ```swift
/// var file = TensorFile(metadata: ["format": "pt"])
/// file["0.weight"] = Tensor(weights, shape: [6, 1, 5, 5])
/// try file.write(to: "lenet.safetensors")
/// let same = try TensorFile(contentsOf: "lenet.safetensors")
/// ```
///
/// The format: <https://huggingface.co/docs/safetensors>.
public struct TensorFile: Sendable {
  /// The names of the tensors, in their order; each occurs once.
  public private(set) var names: [String] = []

  /// Free text by key, which the file holds beside the tensors; the order of the keys has no meaning.
  public var metadata: [String: String]

  /// The file that this was read from, or nil if it was made in memory.
  public let path: String?

  private var tensorsByName: [String: Tensor] = [:]

  /// Makes a content without tensors.
  public init(metadata: [String: String] = [:]) {
    self.init(tensors: [], metadata: metadata, path: nil)
  }

  /// Makes a content of tensors, whose names must differ.
  public init(tensors: [(name: String, tensor: Tensor)], metadata: [String: String] = [:]) {
    self.init(tensors: tensors, metadata: metadata, path: nil)
  }

  init(tensors: [(name: String, tensor: Tensor)], metadata: [String: String], path: String?) {
    self.metadata = metadata
    self.path = path
    for (name, tensor) in tensors {
      require(tensorsByName[name] == nil, "two tensors are named \(name.debugDescription)")
      self[name] = tensor
    }
  }

  /// The same content with other names, which must differ, in the same order.
  public func renamed(_ rename: (String) -> String) -> TensorFile {
    TensorFile(tensors: tensors.map { (rename($0.name), $0.tensor) }, metadata: metadata, path: path)
  }

  /// The tensors with their names, in their order.
  public var tensors: [(name: String, tensor: Tensor)] {
    names.compactMap { name in tensorsByName[name].map { (name, $0) } }
  }

  /// The tensor of a name, or nil if there is none.
  ///
  /// Assigning to a new name appends, to a known one replaces in its place; assigning nil removes. The name
  /// `__metadata__` belongs to the format and is refused.
  ///
  /// - Complexity: O(1), but removal is linear in the number of tensors.
  public subscript(name: String) -> Tensor? {
    get { tensorsByName[name] }
    set {
      require(name != Header.metadataName, "no tensor may be named \(Header.metadataName)")
      let old = tensorsByName.updateValue(newValue, orRemove: name)
      if old == nil, newValue != nil { names.append(name) }
      if old != nil, newValue == nil { names.removeAll { $0 == name } }
    }
  }
}

extension TensorFile: Equatable {
  /// Whether names, order, tensors and metadata are the same, wherever they came from.
  public static func == (left: Self, right: Self) -> Bool {
    left.names == right.names && left.tensorsByName == right.tensorsByName && left.metadata == right.metadata
  }
}

extension Dictionary {
  /// Stores a value, or removes it if nil; returns what was there.
  fileprivate mutating func updateValue(_ value: Value?, orRemove key: Key) -> Value? {
    guard let value else { return removeValue(forKey: key) }
    return updateValue(value, forKey: key)
  }
}
