import Mistakes
import NeuralNetworks

extension HessianProducts {
  /// The operations for so many samples, tied to a local microshard at their first use.
  func operations(samples: Int, of local: Int) throws(OneDNNError) -> TangentOperations {
    let microshard = microshards[local]
    if let operations = microshard.bound[samples] { return operations }
    let plan = try plan(samples: samples)
    let arena = microshard.arena(atLeast: plan.byteCount)
    func place(_ offset: Int) -> UnsafeMutableRawPointer { arena.base + offset }
    func dual(_ value: Int) -> DualMemory {
      let (places, gradients) = (plan.values[value], plan.gradients[value])
      return DualMemory(
        value: place(places.value), tangent: place(places.tangent),
        gradient: gradients.map { place($0.value) }, gradientTangent: gradients.map { place($0.tangent) })
    }

    var nodes: [any TangentOperation] = []
    var additions: [[TangentOperations.Addition]] = []
    for (index, node) in lowered.nodes.enumerated() {
      var inputs = node.inputs.map(dual)
      var own: [TangentOperations.Addition] = []
      for (position, contribution) in plan.contributions[index].enumerated() {
        guard let contribution, let gradient = inputs[position].gradient,
          let tangent = inputs[position].gradientTangent
        else { continue }
        let count = plan.plan.layouts[node.inputs[position]].elementCount
        inputs[position].gradient = place(contribution.value)
        inputs[position].gradientTangent = place(contribution.tangent)
        own += [
          TangentOperations.Addition(part: place(contribution.value), sum: gradient, count: count),
          TangentOperations.Addition(part: place(contribution.tangent), sum: tangent, count: count),
        ]
      }
      additions.append(own)
      let memory = TangentMemory(
        inputs: inputs, output: dual(node.output), parameters: parameters(of: node, in: executor.store),
        direction: parameters(of: node, in: direction), products: leaves.places[index][local],
        workspace: place(plan.workspaces[index]), scratch: scratch[local % executor.team.count],
        dropout: { [unowned executor, unowned microshard] in
          DropoutMemory(randomness: executor.randomness, firstPosition: microshard.firstPosition)
        },
        loss: LossMemory(
          labels: microshard.labels, targets: microshard.targets, sums: microshard.lossSums,
          gradientScale: lossScales.base.assumingMemoryBound(to: Float.self),
          lossScale: (lossScales.base + 8).assumingMemoryBound(to: Double.self)))
      nodes.append(try operation(index, plan.plan, memory, local: local))
    }
    let input = dual(executor.graph.input)
    let operations = TangentOperations(
      nodes, additions: additions, input: input.value, inputTangent: input.tangent, samples: samples,
      memory: [arena])
    microshard.bound[samples] = operations
    return operations
  }

  private func parameters(of node: LoweredGraph.Node, in store: ParameterStore) -> DualParameters {
    DualParameters(
      stored: node.parameters.map { StoredParameter(layout: store.layouts[$0], values: store.values($0)) }
    ) { layout throws(OneDNNError) in try store.weights(node.parameters[0], in: layout) }
  }

  /// What a node computes, with its derivative.
  private func operation(
    _ index: Int, _ plan: Plan, _ memory: TangentMemory, local: Int
  ) throws(OneDNNError) -> any TangentOperation {
    let (node, kernel) = (lowered.nodes[index], plan.kernels[index])
    let (input, output) = (plan.layouts[node.inputs[0]], plan.layouts[node.output])
    switch node.kind {
    case .convolution, .linear:
      return try WeightedTangent(input: input, output: output, kernel, memory)
    case .batchNorm:
      guard let sums = normalizations[index] else {
        unreachable("batch normalization \(node.path) has no sums")
      }
      return NormalizationTangent(input, sums.coefficients(local), memory)
    case .activation(let function):
      return try ActivationTangent(function, output, kernel, memory)
    case .pooling(let window, takesMaximum: true):
      return try MaximumTangent(window, input: input, output: output, kernel, memory)
    case .pooling, .globalAveragePooling, .flatten, .pack, .dropout, .add, .concatenate:
      return try LinearTangent(kernel, memory)
    case .loss(let loss):
      return try LossTangent(loss, lowered, input, kernel, memory)
    }
  }
}
