import Records
import Safetensors

/// In what two files' tensors of one name differ.
struct TensorDifference {
  /// The name.
  var name: String
  /// The two tensors' types and shapes, where these differ.
  var kinds: (own: String, other: String)?
  /// How many elements differ, in at least a bit, and how many there are.
  var differing = 0, count = 0
  /// The largest difference of two elements; nil if none can be taken.
  var largest: Double?

  /// Compares two tensors bit by bit; nil if they are the same.
  init?(_ name: String, _ own: Tensor, _ other: Tensor) {
    guard own != other else { return nil }
    (self.name, count) = (name, own.count)
    guard (own.dtype, own.shape) == (other.dtype, other.shape) else {
      kinds = (own.description, other.description)
      return
    }
    let width = own.dtype.byteCount
    for index in 0..<count
    where own.bytes[index * width..<(index + 1) * width]
      != other.bytes[index * width..<(index + 1) * width]
    {
      differing += 1
    }
    let (ownValues, otherValues) = (Self.values(of: own), Self.values(of: other))
    largest = zip(ownValues, otherValues).map { abs($0 - $1) }.filter { !$0.isNaN }.max()
  }

  private static func values(of tensor: Tensor) -> [Double] {
    tensor.elements(as: Float.self)?.map(Double.init) ?? tensor.elements(as: Int64.self)?.map(Double.init)
      ?? tensor.elements(as: Double.self) ?? []
  }

  /// The difference in words, without the name.
  var text: String {
    if let kinds { return "\(kinds.own) and \(kinds.other) are of different kinds" }
    let most = largest.map { ", by at most \(JSON.number($0))" } ?? ""
    return "\(differing) of \(counted(count, "element")) \(differing == 1 ? "differs" : "differ")\(most)"
  }
}

/// In what the tensors of two files differ.
struct TensorFileDifference {
  /// The first tensor that both have and that is not the same; nil if there is none.
  var first: TensorDifference?
  /// How many such tensors there are.
  var count = 0
  /// The names of the tensors that only one of them has.
  var onlyOwn: [String] = [], onlyOther: [String] = []

  /// Whether both hold the same.
  var isEmpty: Bool { first == nil && onlyOwn.isEmpty && onlyOther.isEmpty }

  /// Compares two files; nil has no tensors.
  init(_ own: TensorFile?, _ other: TensorFile?) {
    for (name, tensor) in own?.tensors ?? [] {
      guard let counterpart = other?[name] else {
        onlyOwn.append(name)
        continue
      }
      guard let difference = TensorDifference(name, tensor, counterpart) else { continue }
      first = first ?? difference
      count += 1
    }
    onlyOther = (other?.names ?? []).filter { own?[$0] == nil }
  }
}
