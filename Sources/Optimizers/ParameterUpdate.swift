import Mistakes
public import NeuralNetworks

/// One parameter in one step of training, as an update rule sees it.
///
/// The elements lie in stored order: the layout that kernels like, which is not PyTorch's, padded with zeros, so that
/// there may be more of them than the parameter's shape tells. Values, gradients and slots share the layout: elements
/// of one index belong together. **The padding must stay zeros**: where value, gradient and slots are all zero, a rule
/// must leave zeros.
///
/// It is valid during the rule's call only, which the compiler sees to.
public struct ParameterUpdate: ~Copyable, ~Escapable {
  /// Which parameter it is.
  public var parameter: Graph.Parameter { parameters[index] }

  /// The values, to be updated in place.
  public var values: MutableSpan<Float>

  /// The gradient of the mean loss over the global batch; as many elements as there are values.
  public let gradients: Span<Float>

  /// What the rule keeps beside the parameter.
  public var slots: Slots

  // Swift 6.3 does not compile a structure that holds both spans and a string, as a parameter does.
  private let parameters: [Graph.Parameter]
  private let index: Int

  /// Shows memory to a rule.
  ///
  /// The buffers must not overlap, and must outlive the update, which nothing checks.
  ///
  /// - Parameters:
  ///   - index: which of `parameters` it is.
  ///   - parameters: those of the graph.
  ///   - values: the values in stored order.
  ///   - gradients: as many as there are values.
  ///   - slots: by the rule's slots, as many elements as there are values, or one.
  @_lifetime(immortal)
  package init(
    _ index: Int, of parameters: [Graph.Parameter], values: UnsafeMutableBufferPointer<Float>,
    gradients: UnsafeBufferPointer<Float>, slots: [UnsafeMutableBufferPointer<Float>]
  ) {
    require(
      gradients.count == values.count, "given \(gradients.count) gradients for \(values.count) values")
    for slot in slots {
      require(
        slot.count == values.count || slot.count == 1,
        "given a slot of \(slot.count) elements for \(values.count) values")
    }
    self.index = index
    self.parameters = parameters
    self.values = _overrideLifetime(MutableSpan(_unsafeElements: values), copying: ())
    self.gradients = _overrideLifetime(Span(_unsafeElements: gradients), copying: ())
    self.slots = Slots(slots)
  }

  /// The numbers that a rule keeps beside a parameter, by slot and element.
  public struct Slots: ~Copyable, ~Escapable {
    /// By slot, its elements.
    @usableFromInline let buffers: [UnsafeMutableBufferPointer<Float>]

    @_lifetime(immortal)
    init(_ buffers: [UnsafeMutableBufferPointer<Float>]) {
      self.buffers = buffers
    }

    /// The number of slots, as many as ``UpdateRule/slots``.
    public var count: Int { buffers.count }

    /// A number of a slot.
    ///
    /// - Parameters:
    ///   - slot: the position of the slot in ``UpdateRule/slots``.
    ///   - element: the index of a value; 0 where the slot is a scalar.
    @inlinable public subscript(slot: Int, element: Int) -> Float {
      get {
        check(slot, element)
        return buffers[slot][element]
      }
      set {
        check(slot, element)
        buffers[slot][element] = newValue
      }
    }

    /// The `count` elements of a slot of the parameter's shape; valid during the rule's call.
    func buffer(_ slot: Int, count: Int) -> UnsafeMutableBufferPointer<Float> {
      guard buffers.indices.contains(slot), buffers[slot].count == count else { outOfBounds(slot, count - 1) }
      return buffers[slot]
    }

    @inlinable @inline(__always)
    func check(_ slot: Int, _ element: Int) {
      guard buffers.indices.contains(slot), buffers[slot].indices.contains(element) else {
        outOfBounds(slot, element)
      }
    }

    @usableFromInline @inline(never)
    func outOfBounds(_ slot: Int, _ element: Int) -> Never {
      guard buffers.indices.contains(slot) else {
        unreachable("there is no slot \(slot): the rule has \(buffers.count)")
      }
      unreachable("slot \(slot) has no element \(element): it has \(buffers[slot].count)")
    }
  }
}
