public import NeuralNetworks
public import Records

/// How parameters follow from their gradients: one step of an optimizer.
///
/// A rule looks at one parameter at a time, with its gradient and the slots that it has asked for. It holds settings
/// only; what changes from step to step lives in the slots, which checkpoints keep.
///
/// ```swift
/// struct Momentum: UpdateRule {
///   let name = "momentum"
///   let slots = [ParameterSlot(name: "momentum_buffer")]
///
///   func update(_ p: inout ParameterUpdate, _ step: UpdateStep) {
///     for i in p.values.indices {
///       p.slots[0, i] = 0.9 * p.slots[0, i] + p.gradients[i]
///       p.values[i] -= Float(step.learningRate) * p.slots[0, i]
///     }
///   }
/// }
/// ```
///
/// All ranks update their own copies of the parameters: equal values, gradients, slots and steps must give equal bits
/// on all of them. Functions of the C library such as `pow` and `exp` differ in their last bit between versions and
/// processors, and are better left alone.
public protocol UpdateRule: Sendable {
  /// The rule's name: one lower-case word, as a configuration says it.
  var name: String { get }

  /// What the rule keeps beside each parameter, at first zeros; the names differ. Equal whenever it is asked for.
  var slots: [ParameterSlot] { get }

  /// All of the rule that the bits depend on: an object whose first member is `name`.
  ///
  /// Checkpoints hold it, and a run goes on only with a rule of the same record.
  var record: JSON { get }

  /// Takes one step on one parameter.
  ///
  /// - Parameters:
  ///   - parameter: the values, which are updated in place, their gradients, and ``slots``.
  ///   - step: which step it is.
  func update(_ parameter: inout ParameterUpdate, _ step: UpdateStep)
}

extension UpdateRule {
  /// The name, and the stored properties as Swift describes them: enough for a structure of plain values.
  public var record: JSON {
    .object([("name", .text(name)), ("settings", .text(String(describing: self)))])
  }
}
