import NeuralNetworks
import Optimizers
import Records
import Testing

/// A rule as a user of the library writes it: without a raw pointer.
private struct Momentum: UpdateRule {
  let name = "momentum"
  let slots = [ParameterSlot(name: "momentum_buffer")]

  func update(_ p: inout ParameterUpdate, _ step: UpdateStep) {
    for i in p.values.indices {
      p.slots[0, i] = 0.9 * p.slots[0, i] + p.gradients[i]
      p.values[i] -= Float(step.learningRate) * p.slots[0, i]
    }
  }
}

/// A rule with a number for each parameter: the learning rate falls with the steps that it has counted.
private struct Slowing: UpdateRule, Equatable {
  var factor = 0.5

  var name: String { "slowing" }
  var slots: [ParameterSlot] { [ParameterSlot(name: "count", shape: .scalar)] }

  func update(_ parameter: inout ParameterUpdate, _ step: UpdateStep) {
    parameter.slots[0, 0] += 1
    guard parameter.parameter.role == .weight else { return }
    let rate = Float(step.learningRate * factor) / parameter.slots[0, 0]
    for index in parameter.values.indices { parameter.values[index] -= rate * parameter.gradients[index] }
  }
}

@Suite struct UpdateRuleTests {
  @Test("a rule in plain Swift does what the library's does, bit for bit")
  func plainRule() {
    var random = SplitMix64(state: 3)
    let start = random.floats(35)
    var plain = TestParameter(start, for: Momentum())
    var ours = TestParameter(start, for: SGD(momentum: 0.9))
    for step in 0..<5 {
      let gradients = random.floats(35)
      plain.step(Momentum(), gradients, index: step, learningRate: 0.1)
      ours.step(SGD(momentum: 0.9), gradients, index: step, learningRate: 0.1)
      #expect(plain == ours)
    }
    #expect(plain.values != start)
  }

  @Test("a scalar slot holds one number from step to step, and the rule sees what the parameter is")
  func scalarSlot() {
    var weights = TestParameter([1, 1], for: Slowing())
    var bias = TestParameter([1, 1], for: Slowing(), isBias: true)
    for step in 0..<2 {
      weights.step(Slowing(), [1, 2], index: step, learningRate: 0.5)
      bias.step(Slowing(), [1, 2], index: step, learningRate: 0.5)
    }
    #expect(weights.values == [1 - 0.25 - 0.125, 1 - 0.5 - 0.25] && weights.slots == [[2]])
    #expect(bias.values == [1, 1] && bias.slots == [[2]])
  }

  @Test("a record tells the name first, then the settings")
  func records() {
    #expect(Slowing().record.description == #"{"name": "slowing", "settings": "Slowing(factor: 0.5)"}"#)
    let expected =
      #"{"name": "sgd", "momentum": 0.9, "nesterov": true, "weight_decay": 0.0005, "decay": "weights"}"#
    let sgd = SGD(momentum: 0.9, isNesterov: true, weightDecay: 5e-4, decay: .weights)
    #expect(sgd.record.description == expected)
  }

  @Test("what lies outside of a parameter cannot be reached, and buffers that do not fit are refused")
  func traps() async {
    await #expect(processExitsWith: .failure) { Self.update { $0.slots[2, 0] = 1 } }
    await #expect(processExitsWith: .failure) { Self.update { $0.slots[-1, 0] = 1 } }
    await #expect(processExitsWith: .failure) { Self.update { $0.slots[0, 2] = 1 } }
    await #expect(processExitsWith: .failure) { Self.update { $0.slots[1, 1] = 1 } }
    await #expect(processExitsWith: .failure) { Self.update { $0.values[2] = 1 } }
    await #expect(processExitsWith: .failure) { Self.update(gradients: [1]) { _ in } }
    await #expect(processExitsWith: .failure) { Self.update(slot: [1, 2, 3]) { _ in } }
    await #expect(processExitsWith: .success) {
      Self.update { update in
        update.slots[0, 1] = 1
        update.slots[1, 0] = update.slots[0, 1] + Float(update.slots.count)
      }
    }
  }

  /// Shows two values, their gradients, and two slots to `body`.
  private static func update(
    gradients: [Float] = [1, 2], slot: [Float] = [0, 0], _ body: (inout ParameterUpdate) -> Void
  ) {
    var (values, slot, scalar): ([Float], [Float], [Float]) = ([1, 2], slot, [0])
    values.withUnsafeMutableBufferPointer { values in
      slot.withUnsafeMutableBufferPointer { slot in
        scalar.withUnsafeMutableBufferPointer { scalar in
          gradients.withUnsafeBufferPointer { gradients in
            var update = ParameterUpdate(
              0, of: [], values: values, gradients: gradients, slots: [slot, scalar])
            body(&update)
          }
        }
      }
    }
  }
}
