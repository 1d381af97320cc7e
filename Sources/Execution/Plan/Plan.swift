import COneDNN
import NeuralNetworks

/// A lowered graph compiled for microshards of one size: kernels, layouts, and a place for every buffer.
final class Plan {
  /// The samples of a microshard.
  let samples: Int
  /// Whether the plan trains or only evaluates.
  let training: Bool
  let graph: LoweredGraph
  /// The values that lie in the memory of others.
  let views: ChannelViews
  /// The layout of each value.
  let layouts: [TensorLayout]
  /// The kernel of each node.
  let kernels: [any Kernel]
  /// The scratch memory of a thread.
  let scratchpadByteCount: Int
  /// Where everything lies in a microshard's arena; set once the order is known.
  private(set) var memory = ArenaMap()

  /// Compiles the kernels.
  ///
  /// - Parameter sharesMemory: whether values may lie in the memory of their concatenation.
  init(
    _ graph: LoweredGraph, samples: Int, training: Bool, convolution: ConvolutionAlgorithm, engine: Engine,
    sharesMemory: Bool = true
  ) throws(OneDNNError) {
    self.graph = graph
    self.samples = samples
    self.training = training
    let ownLayouts = graph.values.map {
      TensorLayout(
        shape: $0.shape, samples: samples, channelBlock: engine.channelBlock, isBlocked: $0.isBlocked,
        element: $0.element)
    }
    /// The Winograd convolution that computes all of a node; nil where oneDNN computes a part.
    func winograd(_ node: LoweredGraph.Node) -> WinogradParts? {
      guard case .convolution(let window) = node.kind,
        let parts = convolution.winograd(
          window, input: ownLayouts[node.inputs[0]], output: ownLayouts[node.output]),
        !convolution.isForGradientsOnly(parts)
      else { return nil }
      return parts
    }
    // oneDNN has only its slow reference kernels for images that lie apart.
    let views = ChannelViews(
      graph, ownLayouts,
      writesViews: graph.nodes.map { sharesMemory && ($0.kind == .concatenate || winograd($0) != nil) })
    self.views = views
    let layouts = views.layouts(ownLayouts)
    self.layouts = layouts
    var kernels: [any Kernel] = []
    for (index, node) in graph.nodes.enumerated() {
      let inputs = node.inputs.map { layouts[$0] }
      let output = layouts[node.output]
      let needsInputGradient = training && graph.values[node.inputs[0]].needsGradient
      let kernel: any Kernel
      switch node.kind {
      case .convolution(let window):
        let parts = convolution.winograd(window, input: inputs[0], output: output)
        if let parts, !convolution.isForGradientsOnly(parts) {
          kernel = try WinogradConvolutionKernel(parts, training: training)
        } else {
          let narrow = NarrowConvolution(window, input: inputs[0], output: output)
          kernel = try ConvolutionKernel(
            window, hasBias: node.parameters.count > 1, input: inputs[0], output: output, training: training,
            needsInputGradient: needsInputGradient, parts: parts ?? narrow,
            engine: engine)
        }
      case .linear:
        kernel = try LinearKernel(
          input: inputs[0], output: output, training: training, needsInputGradient: needsInputGradient,
          engine: engine)
      case .batchNorm(let normalization, let activation, let window):
        kernel = BatchNormKernel(
          normalization, activation: activation, layout: inputs[0], measured: graph.measuredChannels(index),
          pooling: window.map { FusedPooling(window: $0, result: output) })
      case .activation(let function):
        kernel = ActivationKernel(function, layout: output)
      case .pooling(let window, let takesMaximum):
        kernel = try PoolingKernel(
          window, takesMaximum: takesMaximum, input: inputs[0], output: output, training: training,
          engine: engine)
      case .globalAveragePooling: kernel = GlobalAveragePoolingKernel(input: inputs[0])
      case .flatten: kernel = LayoutKernel(input: inputs[0], output: output, packs: false)
      case .pack: kernel = LayoutKernel(input: inputs[0], output: output, packs: true)
      case .dropout(let probability, let firstElement):
        kernel = DropoutKernel(
          probability: probability, layout: output, firstElement: firstElement,
          drops: training && graph.dropsOut)
      case .add: kernel = AddKernel(layout: output)
      case .concatenate:
        kernel = ConcatenateKernel(
          inputs: inputs, output: output, inPlace: node.inputs.map { views.views[$0] != nil })
      case .loss(let loss):
        kernel = LossKernel(
          loss, smoothing: training ? graph.labelSmoothing : 0,
          classWeights: training ? graph.classWeights : [], input: inputs[0])
      }
      kernels.append(kernel)
    }
    self.kernels = kernels
    scratchpadByteCount = kernels.map(\.scratchpadByteCount).max() ?? 0
  }

  /// By parameter, the layout in which it is best stored; nil for PyTorch's own.
  var preferredWeightLayouts: [MemoryDescriptor?] {
    var layouts: [Int: MemoryDescriptor] = [:]
    for (node, kernel) in zip(graph.nodes, kernels) where node.hasWeights {
      layouts[node.parameters[0]] = kernel.preferredWeightLayout
    }
    return (0..<graph.parameterCount).map { layouts[$0] }
  }

  /// By layer, the algorithm of its kernel, where there is a choice.
  var algorithms: [(layer: String, algorithm: String)] {
    zip(graph.nodes, kernels).compactMap { node, kernel in kernel.algorithm.map { (node.path, $0) } }
  }

  /// Places all buffers by their lifetimes in `order`.
  func place(_ order: ExecutionOrder) {
    memory = ArenaMap(self, order)
  }
}
