import NeuralNetworks

extension Executor {
  /// The plan for microshards of a size, compiled at its first use.
  private func plan(_ key: PlanKey) throws(OneDNNError) -> Plan {
    if let plan = plans[key] { return plan }
    let plan = try Plan(
      lowered, samples: key.samples, training: key.training, convolution: options.convolution, engine: engine)
    plan.place(key.training ? trainingOrder : evaluationOrder)
    plans[key] = plan
    return plan
  }

  /// A plan tied to a local microshard, at its first use.
  ///
  /// - Parameter isAlone: whether its gradients must not be added to those of another microshard as they are computed.
  func boundPlan(
    _ key: PlanKey, to local: Int, isAlone: Bool = false
  ) throws(OneDNNError) -> BoundPlan {
    let microshard = microshards[local]
    let binding = BindingKey(plan: key, isAlone: isAlone)
    if let bound = microshard.bound[binding] { return bound }
    let plan = try plan(key)
    let map = plan.memory
    let arena = microshard.arena(atLeast: map.byteCount)
    // Microshards go to threads by their position, so that a thread's scratch memory is known here.
    let thread = local % team.count
    if scratchpads[thread].byteCount < plan.scratchpadByteCount {
      scratchpads[thread] = AlignedMemory(byteCount: plan.scratchpadByteCount)
    }
    let scratchpad = scratchpads[thread]
    func place(_ offset: Int) -> UnsafeMutableRawPointer { arena.base + offset }

    // Only where a single thread computes one microshard after the other is the other one's gradient there by then.
    let left = team.count == 1 && !isAlone ? share.left(of: local) : nil
    let addsParameterGradients = plan.kernels.map { left != nil && $0.addsToParameterGradients }
    var kernels: [any BoundKernel] = []
    var accumulations: [[BoundPlan.Accumulation]] = []
    var written: [WrittenMemory] = []
    for (index, node) in lowered.nodes.enumerated() {
      var sums: [BoundPlan.Accumulation] = []
      var inputGradients: [UnsafeMutableRawPointer?] = []
      let adds = node.inputs.enumerated().map { position, input in
        lowered.values[input].consumers.last.map { $0 != (index, position) } ?? false
      }
      for (position, input) in node.inputs.enumerated() {
        let needed = key.training && lowered.values[input].needsGradient
        let gradient = needed ? map.gradients[input].map(place) : nil
        if let gradient, let contribution = map.contributions[index][position].map(place) {
          sums.append(
            BoundPlan.Accumulation(
              target: gradient, contribution: contribution, layout: plan.layouts[input]))
          inputGradients.append(contribution)
        } else {
          inputGradients.append(gradient)
        }
      }
      accumulations.append(sums)
      let parameters = node.parameters
      let memory = KernelMemory(
        inputs: node.inputs.map { place(map.values[$0]) }, inputGradients: inputGradients,
        addsInputGradients: adds, output: place(map.values[node.output]),
        outputGradient: key.training ? map.gradients[node.output].map(place) : nil,
        parameters: parameters.map { StoredParameter(layout: store.layouts[$0], values: store.values($0)) },
        parameterGradients: gradientLeaves.places[index][
          addsParameterGradients[index] ? left ?? local : local],
        addsParameterGradients: addsParameterGradients[index],
        weights: { [store] layout throws(OneDNNError) in try store.weights(parameters[0], in: layout) },
        workspace: arena.base + map.workspaces[index], scratchpad: scratchpad.base,
        normalization: normalizationMemory(index, local: local, training: key.training),
        dropout: dropoutMemory(node, local: local),
        loss: lossMemory(node, local: local, training: key.training))
      kernels.append(try plan.kernels[index].bind(memory))
      func valuePlace(_ value: Int) -> WrittenMemory.Place {
        WrittenMemory.Place(memory: place(map.values[value]), layout: plan.layouts[value])
      }
      written.append(
        WrittenMemory(
          input: valuePlace(node.inputs[0]), output: valuePlace(node.output),
          inputGradients: zip(node.inputs, inputGradients).compactMap { input, gradient in
            gradient.map { WrittenMemory.Place(memory: $0, layout: plan.layouts[input]) }
          },
          parameterGradients: zip(memory.parameterGradients, node.parameters).map {
            ($0, store.layouts[$1].byteCount / 4)
          }))
    }
    let bound = BoundPlan(
      kernels: kernels, accumulations: accumulations, addsParameterGradients: addsParameterGradients,
      written: written, memory: [arena, scratchpad], samples: key.samples,
      input: place(map.values[graph.input]).floats,
      inputGradient: key.training && options.needsInputGradient
        ? map.gradients[graph.input].map { place($0).floats } : nil,
      output: place(map.values[graph.output]))
    microshard.bound[binding] = bound
    return bound
  }

  private func normalizationMemory(_ node: Int, local: Int, training: Bool) -> NormalizationMemory? {
    guard let state = normalizations[node] else { return nil }
    let isOwn = training && lowered.nodes[node].statistics(of: options.statistics) == .microshard
    return NormalizationMemory(
      coefficients: isOwn ? state.own[local] : state.shared,
      moments: state.ownMoments[local],
      backwardSums: state.backwardSums.leaves[local].assumingMemoryBound(to: Double.self),
      isOwn: isOwn)
  }

  private func dropoutMemory(_ node: LoweredGraph.Node, local: Int) -> (() -> DropoutMemory)? {
    guard case .dropout = node.kind else { return nil }
    return { [unowned self] in
      DropoutMemory(randomness: randomness, firstPosition: microshards[local].firstPosition)
    }
  }

  private func lossMemory(_ node: LoweredGraph.Node, local: Int, training: Bool) -> LossMemory? {
    guard case .loss = node.kind else { return nil }
    let sum = (training ? 0 : trainingOrder.sums.count) + ExecutionOrder.metricsSum
    guard let metrics = leaves[sum] else { return nil }
    return LossMemory(
      labels: microshards[local].labels, targets: microshards[local].targets,
      sums: metrics.leaves[local].assumingMemoryBound(to: Double.self),
      gradientScale: gradientScale.base.assumingMemoryBound(to: Float.self),
      lossScale: lossScale.base.assumingMemoryBound(to: Double.self))
  }
}
