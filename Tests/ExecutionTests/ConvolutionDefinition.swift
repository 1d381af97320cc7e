import CanonicalTree
import Execution
import NeuralNetworks
import Testing

/// Expects the loss of five samples and its gradients to be those of the definition in double precision, with errors
/// relative to the loss, which is a sum of squares over all results, and to the largest gradient.
func expectDefinition(_ graph: Graph) throws {
  let executor = try Executor.serial(
    graph,
    Executor.Options(
      partition: MicroshardPartition(batchSize: 5, count: 2), needsInputGradient: true))
  let batch = RandomBatch(graph, samples: 5)
  var reference = ReferenceInterpreter(
    graph: graph,
    parameters: try executor.state().map { try $0.floats.map(Double.init) }, groups: [0..<5])
  let inputs = batch.inputs.map { $0.map(Double.init) }
  let targets = batch.targets.map { $0.map(Double.init) }
  let loss = try executor.forwardBackward(samples: 5, fill: batch.fill).loss
  let expected = reference.loss(inputs, labels: [], targets: targets)
  #expect(abs(loss - expected) < 1e-6 * expected)

  // The loss is quadratic in each parameter, so that a central difference is its derivative but for rounding.
  for (parameter, gradient) in try executor.gradients().enumerated() {
    let found = try gradient.floats
    let largest = Double(found.map(abs).max() ?? 0)
    for index in stride(from: 0, to: found.count, by: 7) {
      let value = reference.parameters[parameter][index]
      func loss(_ value: Double) -> Double {
        reference.parameters[parameter][index] = value
        return reference.loss(inputs, labels: [], targets: targets)
      }
      let difference = loss(value + 0.5) - loss(value - 0.5)
      reference.parameters[parameter][index] = value
      #expect(abs(Double(found[index]) - difference) < 1e-5 * largest, "\(gradient.name), element \(index)")
    }
  }
}
