import CanonicalTree
import Mistakes
import NeuralNetworks

extension Executor {
  /// Takes all steps of a order for one batch.
  func run(
    _ order: ExecutionOrder, training: Bool, checksReplicas: Bool = false, requests: UInt8 = 0, samples: Int,
    firstSum: Int,
    fill: (Int, SampleMemory) -> Void
  ) throws -> BatchMetrics {
    let partition = options.partition
    require(
      samples >= 1 && samples <= partition.count * partition.capacity,
      "given a batch of \(samples) samples but 1 to \(partition.count * partition.capacity) needed")
    seconds = BatchSeconds()
    try reduction.releaseResults()
    let clock = ContinuousClock()
    var begin = clock.now
    /// The seconds since the last call, which a phase has taken.
    func lap(_ phase: TraceSpan.Phase) -> Double {
      let now = clock.now
      defer { begin = now }
      trace?.phases.append((phase, begin, now))
      return (now - begin) / .seconds(1)
    }

    defer { progress?.enter(.nothing) }
    for local in microshards.indices {
      let positions = microshard(at: local).map { partition.positions(of: $0, samples: samples) }
      let count = positions?.count ?? 0
      microshards[local].firstPosition = positions?.lowerBound ?? 0
      let key = PlanKey(samples: count, training: training)
      active[local] = count == 0 ? nil : try boundPlan(key, to: local, isAlone: isVerified(local))
    }
    prepareHashes(training: training)
    store.refreshCopies(team)
    setLossScales(samples: samples, training: training, gradient: gradientScale.base, loss: lossScale.base)
    write(samples: samples, fill: fill)
    seconds.data = lap(.data)
    try reduction.acquireSummands()
    seconds.reduction = lap(.reduction)
    if training {
      contributeToReplicaCheck(isDue: checksReplicas)
      contribute(requests: requests)
    }

    var step = 0
    while step < order.steps.count {
      if case .compute = order.steps[step] {
        // All work up to the next sum is done microshard by microshard, while its data is in the cache.
        var end = step + 1
        while end < order.steps.count, end != order.backwardBegin, case .compute = order.steps[end] {
          end += 1
        }
        let reductionSeconds = try compute(order.steps[step..<end], training: training)
        let computeSeconds = lap(step < order.backwardBegin ? .forward : .backward) - reductionSeconds
        seconds.reduction += reductionSeconds
        if step < order.backwardBegin {
          seconds.forward += computeSeconds
        } else {
          seconds.backward += computeSeconds
        }
        step = end
        continue
      }
      try perform(order.steps[step], training: training, firstSum: firstSum)
      switch order.steps[step] {
      case .start, .finish: seconds.reduction += lap(.reduction)
      default:
        if step < order.backwardBegin {
          seconds.forward += lap(.forward)
        } else {
          seconds.backward += lap(.backward)
        }
      }
      step += 1
    }
    let sums = sumMemory[firstSum + ExecutionOrder.metricsSum].result.assumingMemoryBound(to: Double.self)
    if checksReplicas { try finishReplicaCheck(sums) }
    if training {
      self.requests = Self.requests(sums)
      updateRunningFromContributions(sums)
    }
    return BatchMetrics(lossSum: sums[0], correct: sums[1], samples: sums[2])
  }

  /// Writes what makes a mean over the batch of what samples contribute to the gradient, a `Float`, and to the loss, a
  /// `Double`.
  func setLossScales(
    samples: Int, training: Bool, gradient: UnsafeMutableRawPointer, loss: UnsafeMutableRawPointer
  ) {
    let isWeighted = training && !options.classWeights.isEmpty
    require(!isWeighted || batchWeight > 0, "given a batch of weight \(batchWeight), but a weight > 0 needed")
    gradient.storeBytes(
      of: isWeighted ? Float(1 / batchWeight) : 1 / Float(samples), as: Float.self)
    // The metrics have the sum of the losses, and divide it by the number of samples.
    loss.storeBytes(of: isWeighted ? Double(samples) / batchWeight : 1, as: Double.self)
  }

  /// Writes the samples of this rank's microshards.
  private func write(samples: Int, fill: (Int, SampleMemory) -> Void) {
    let inputCount = graph.inputShape.count
    team.run { thread in
      for local in stride(from: thread, to: microshards.count, by: team.count) {
        guard let plan = active[local], let microshard = microshard(at: local) else { continue }
        let positions = options.partition.positions(of: microshard, samples: samples)
        let memory = microshards[local]
        for (index, position) in positions.enumerated() {
          progress?.enter(.samples)
          fill(
            position,
            SampleMemory(
              input: plan.input + index * inputCount, label: memory.labels + index,
              targets: memory.targets + index * memory.targetCount, thread: thread))
        }
      }
    }
  }

  /// Runs phases of nodes on all microshards of this rank; sums that are under way go on in between.
  ///
  /// - Returns: the seconds that the caller's thread gave to the sums.
  private func compute(_ steps: ArraySlice<ExecutionOrder.Step>, training: Bool) throws -> Double {
    var reductionTime = Duration.zero
    var failure: (any Error)?
    team.run { thread in
      for local in stride(from: thread, to: microshards.count, by: team.count)
      where local < share.microshards.count || active[local] != nil {
        for case .compute(let node, let phase) in steps {
          if thread == 0 { progress?.enter(phase.part, operation: node) }
          if let plan = active[local] {
            let kernelBegan = trace == nil ? nil : ContinuousClock.now
            if let kernelTimes {
              kernelTimes.measure(node, phase, thread: thread) { plan.run(node, phase) }
            } else {
              plan.run(node, phase)
            }
            if let kernelBegan, let trace {
              trace.lanes[thread].kernels.append(
                (node, phase, self.microshard(at: local) ?? 0, kernelBegan, .now))
            }
            finitenessProbe?.look(at: node, phase, ofMicroshard: share.microshards[local], plan)
            if phase == .statistics { contribute(node, local: local, samples: plan.samples) }
            if inspectGradient != nil { showGradients(node, phase, local: local) }
            if let hashes = hashes[local] { takeHashes(node, phase, local: local, into: hashes) }
          } else {
            clearLeaves(node, phase, local: local, training: training)
          }
          if phase == .backwardWeights, team.count == 1 { mergeGradients(node, after: local) }
          guard thread == 0, failure == nil else { continue }
          let began = ContinuousClock.now
          do { try reduction.advance() } catch { failure = error }
          let ended = ContinuousClock.now
          reductionTime += ended - began
          trace?.advances.append((began, ended))
        }
      }
    }
    if let failure { throw failure }
    return reductionTime / .seconds(1)
  }

  /// An empty microshard is a leaf of zeros.
  private func clearLeaves(_ node: Int, _ phase: Phase, local: Int, training: Bool) {
    func clear(_ leaves: SumLeaves?) {
      guard let leaves else { return }
      leaves.leaves[local].initializeMemory(as: UInt8.self, repeating: 0, count: leaves.sum.byteCount)
    }
    switch phase {
    case .statistics:
      clear(normalizations[node]?.moments)
      if let offset = trainingOrder.contributionOffsets[node], let state = normalizations[node] {
        runningContributions(offset, local: local)?.update(repeating: 0, count: 2 * state.channels)
      }
    case .backwardStatistics, .backwardWeights:
      if phase == .backwardStatistics { clear(normalizations[node]?.backwardSums) }
      let gradients = gradientLeaves.places[node][local]
      for (parameter, gradient) in zip(lowered.nodes[node].parameters, gradients) {
        gradient.update(repeating: 0, count: store.counts[parameter])
      }
    case .forward:
      guard case .loss = lowered.nodes[node].kind else { return }
      let metrics = (training ? 0 : trainingOrder.sums.count) + ExecutionOrder.metricsSum
      leaves[metrics]?.leaves[local].assumingMemoryBound(to: Double.self)
        .update(repeating: 0, count: ExecutionOrder.metricsCount)
    case .backwardData: break
    }
  }

  /// A step that is not computed microshard by microshard.
  private func perform(_ step: ExecutionOrder.Step, training: Bool, firstSum: Int) throws {
    switch step {
    case .compute(let node, let phase):
      unreachable("phase \(phase) of node \(node) is computed together with its neighbours")
    case .foldGradients(let node): foldGradients(node)
    case .start(let sum):
      try traced(firstSum + sum, isFinish: false) {
        leaves[firstSum + sum]?.fold()
        try reduction.start(firstSum + sum)
      }
    case .finish(let sum):
      try traced(firstSum + sum, isFinish: true) { try reduction.finish(firstSum + sum) }
    case .setForward(let node): setForward(node, training: training)
    case .setBackward(let node): setBackward(node)
    }
  }

  /// Makes a call for a sum, and notes its time where that is recorded.
  private func traced(_ sum: Int, isFinish: Bool, _ body: () throws -> Void) rethrows {
    guard let trace else { return try body() }
    let began = ContinuousClock.now
    try body()
    trace.calls.append((sum, isFinish, began, .now))
  }

  private func setForward(_ node: Int, training: Bool) {
    guard let state = normalizations[node] else { return }
    guard training, lowered.nodes[node].statistics(of: options.statistics) != .running else {
      return state.setForwardFromRunningStatistics()
    }
    let isGlobal = trainingOrder.momentSums[node] != nil
    if !isGlobal { _ = state.moments.foldRank() }
    guard let moments = state.sharedMoments?.complete() else { return }
    if isGlobal {
      state.setForward(moments: moments)
      state.updateRunning(moments: moments)
    } else {
      state.setForward(moments: moments)
      guard let offset = trainingOrder.contributionOffsets[node] else { return }
      for (local, plan) in active.enumerated() {
        guard let plan, let contribution = runningContributions(offset, local: local) else { continue }
        NormalizationState.contribute(
          moments: moments, channels: state.channels, samples: plan.samples, to: contribution)
      }
    }
  }

  private func setBackward(_ node: Int) {
    guard let state = normalizations[node] else { return }
    if let sum = trainingOrder.backwardSums[node], let moments = trainingOrder.momentSums[node] {
      let sums = sumMemory[sum].result.assumingMemoryBound(to: Double.self)
      let count = sumMemory[moments].result.assumingMemoryBound(to: Double.self)[0]
      state.setBackward(sums: sums, count: count)
      state.setParameterGradients(sums: sums)
    } else if let sums = state.backwardSums.foldRank()?.assumingMemoryBound(to: Double.self),
      let first = state.moments.leaves.first
    {
      // The rank's moments were folded into its first leaf in the forward pass.
      state.setBackward(sums: sums, count: first.assumingMemoryBound(to: Double.self)[0])
    }
  }

  // MARK: - Running statistics that travel with the metrics

  func runningContributions(_ offset: Int, local: Int) -> UnsafeMutablePointer<Double>? {
    leaves[ExecutionOrder.metricsSum].map { $0.leaves[local].assumingMemoryBound(to: Double.self) + offset }
  }

  /// Ghost batch norm: what a microshard's own statistics contribute to the running ones.
  private func contribute(_ node: Int, local: Int, samples: Int) {
    guard lowered.nodes[node].statistics(of: options.statistics) == .microshard,
      let state = normalizations[node],
      let offset = trainingOrder.contributionOffsets[node],
      let contribution = runningContributions(offset, local: local)
    else { return }
    NormalizationState.contribute(
      moments: state.ownMoments[local].all, channels: state.channels, samples: samples, to: contribution)
  }

  private func updateRunningFromContributions(_ sums: UnsafePointer<Double>) {
    for (node, offset) in trainingOrder.contributionOffsets {
      normalizations[node]?.updateRunning(contributions: sums + offset, samples: sums[2])
    }
  }
}
