import CanonicalTree
import NeuralNetworks

/// What one phase of one node took, summed over this rank's microshards and the batches since the beginning.
package struct KernelProfile {
  /// What the kernel computes.
  package enum Kind: String, CaseIterable {
    case convolution
    case batchNorm = "batch_norm"
    case pooling
    case linear
    case other
  }

  /// The path of the layer.
  package var path: String
  package var kind: Kind
  /// The phase in the words of the executor.
  package var phase: String
  package var seconds: Double
  /// Multiplications and additions of one batch, two for each multiply-add; convolutions and linear layers only.
  package var operations: Double
  /// The bytes of the tensors that the phase reads and writes in one batch, each counted once.
  package var bytes: Double
}

extension Executor {
  /// Begins to measure kernels, from zero, or ends it.
  package func measuresKernels(_ measures: Bool) {
    kernelTimes =
      measures ? KernelTimes(nodeCount: lowered.nodes.count, threadCount: options.threads) : nil
  }

  /// What each phase of each node took since measuring began; operations and bytes are those of one full batch.
  package func kernelProfiles() -> [KernelProfile] {
    guard let times = kernelTimes,
      let plan = plans[PlanKey(samples: options.partition.capacity, training: true)]
    else { return [] }
    var profiles: [KernelProfile] = []
    for (index, node) in lowered.nodes.enumerated() {
      for phase in Phase.allCases {
        let seconds = times.total(index, phase)
        guard seconds > 0 else { continue }
        let share = Double(share.microshards.count)
        profiles.append(
          KernelProfile(
            path: node.path, kind: node.kind.profiled, phase: "\(phase)", seconds: seconds,
            operations: share * operations(node, phase, samples: plan.samples),
            bytes: share * bytes(node, phase, plan)))
      }
    }
    return profiles
  }

  private func operations(_ node: LoweredGraph.Node, _ phase: Phase, samples: Int) -> Double {
    guard node.hasWeights, let operation = graph.operations.first(where: { $0.output == node.output })
    else { return 0 }
    return 2 * Double(graph.multiplyAdds(of: operation) * samples)
  }

  private func bytes(_ node: LoweredGraph.Node, _ phase: Phase, _ plan: Plan) -> Double {
    let inputs = node.inputs.reduce(0) { $0 + plan.layouts[$1].byteCount }
    let output = plan.layouts[node.output].byteCount
    let weights = node.hasWeights ? node.parameters.reduce(0) { $0 + store.layouts[$1].byteCount } : 0
    let count =
      switch phase {
      case .statistics: inputs
      case .forward, .backwardWeights: inputs + output + weights
      // A pooled normalization reads of its input what it kept.
      case .backwardStatistics: min(inputs, output) + 2 * output
      case .backwardData: inputs + output + weights + (node.isBatchNorm ? inputs : 0)
      }
    return Double(count)
  }
}

extension LoweredGraph.Kind {
  fileprivate var profiled: KernelProfile.Kind {
    switch self {
    case .convolution: .convolution
    case .batchNorm: .batchNorm
    case .pooling, .globalAveragePooling: .pooling
    case .linear: .linear
    default: .other
    }
  }
}
