import Mistakes

/// A value of a graph that is being built: what a layer is called on and returns.
///
/// Symbols compose with `+` and functions such as ``relu(_:)`` and ``concatenate(_:name:)``.
public struct Symbol {
  let builder: GraphBuilder
  let value: Graph.ValueID

  /// The shape of one sample; nil after an error, which the graph's initializer throws.
  public let shape: Shape?

  /// Calls layers with `name` put before their paths.
  public func scoped(_ name: String, _ body: (Symbol) -> Symbol) -> Symbol {
    builder.withScope(name) { body(self) }
  }

  /// The sum of two values of one shape; a residual connection.
  public static func + (first: Symbol, second: Symbol) -> Symbol {
    guard let left = first.shape, let right = second.shape else { return first.shape == nil ? first : second }
    guard left == right else {
      return first.builder.fail("add", "the summands differ in shape: \(left) and \(right)")
    }
    return first.builder.add(.add, [first, second], shape: left, name: "add")
  }
}

/// Images of one size, or vectors, one after the other along their channels.
///
/// - Parameters:
///   - symbols: one value or more, [channels, height, width] with equal height and width, or [features].
///   - name: the name in messages.
public func concatenate(_ symbols: [Symbol], name: String = "concatenate") -> Symbol {
  require(!symbols.isEmpty, "given 0 values to concatenate but at least 1 needed")
  let first = symbols[0]
  if let failed = symbols.first(where: { $0.shape == nil }) { return failed }
  let shapes = symbols.compactMap(\.shape)
  let rest = shapes[0].dimensions.dropFirst()
  guard shapes.allSatisfy({ $0.rank == shapes[0].rank && $0.dimensions.dropFirst() == rest }) else {
    let list = shapes.map(\.description).joined(separator: ", ")
    return first.builder.fail(name, "only the channels may differ in a concatenation, but given \(list)")
  }
  let channels = shapes.reduce(0) { $0 + $1.channels }
  return first.builder.add(.concatenate, symbols, shape: Shape([channels] + rest), name: name)
}
