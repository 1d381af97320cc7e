import NeuralNetworks

/// Where the buffers of a plan lie in a microshard's arena, in bytes from its beginning.
struct ArenaMap {
  /// By value, the value itself.
  private(set) var values: [Int] = []
  /// By value, its gradient; nil where none is needed.
  private(set) var gradients: [Int?] = []
  /// By node and input position, a further contribution to a gradient that another node wrote first.
  private(set) var contributions: [[Int?]] = []
  /// By node, what it keeps from the forward to the backward pass.
  private(set) var workspaces: [Int] = []
  /// The size of the arena.
  private(set) var byteCount = 0

  /// Places nothing, as long as the execution order is not known.
  init() {}

  /// Finds all lifetimes in the order and places the buffers.
  ///
  /// 1. Buffers are numbered: values, their gradients, workspaces of nodes, further contributions to
  ///    gradients.
  /// 2. From the last node to the first it is decided which buffers share memory, and noted in `alias`: of
  ///    the nodes that read a value the last one, whose backward pass comes first, writes its gradient,
  ///    perhaps over that of its own output; the others add to it or get a buffer for their contribution. A
  ///    value that is channels of a larger one lies in that, and so does its gradient; the larger one comes
  ///    later in the graph, so that its alias is known.
  /// 3. Going through the steps, the lifetime of each buffer grows to the steps that write or read it; those
  ///    that share memory have one lifetime together.
  /// 4. ``ArenaPlanner`` places the buffers, and a view begins at its first channel in the buffer of the
  ///    whole.
  init(_ plan: Plan, _ order: ExecutionOrder) {
    let graph = plan.graph
    let gradientBase = graph.values.count
    let workspaceBase = gradientBase + graph.values.count
    let contributionBase = workspaceBase + graph.nodes.count
    var contributionNumbers: [[Int?]] = graph.nodes.map { $0.inputs.map { _ in nil } }
    var sizes = (plan.layouts + plan.layouts).map(\.byteCount) + plan.kernels.map(\.workspaceByteCount)
    var alias = Array(0..<contributionBase)

    for (index, node) in graph.nodes.enumerated().reversed() {
      for (position, input) in node.inputs.enumerated() {
        let consumers = graph.values[input].consumers
        if let first = consumers.last, first != (index, position) {
          if plan.kernels[index].addsToInputGradients { continue }
          contributionNumbers[index][position] = sizes.count
          sizes.append(plan.layouts[input].byteCount)
          alias.append(sizes.count - 1)
        } else if let view = plan.views.views[input] {
          alias[input] = view.whole
          alias[gradientBase + input] = alias[gradientBase + view.whole]
        } else if position == node.inPlaceInput, consumers.count == 1 || position > 0 {
          alias[gradientBase + input] = alias[gradientBase + node.output]
        }
      }
    }

    var lifetimes = [ClosedRange<Int>?](repeating: nil, count: sizes.count)
    func use(_ buffer: Int, at step: Int) {
      let buffer = alias[buffer]
      lifetimes[buffer] =
        lifetimes[buffer].map { min($0.lowerBound, step)...max($0.upperBound, step) } ?? step...step
    }
    use(0, at: 0)  // The input is written before the first step.
    // The result may be read after the last step.
    if let loss = graph.nodes.last { use(loss.inputs[0], at: order.steps.count) }
    if graph.values[0].needsGradient, plan.training { use(gradientBase, at: order.steps.count) }
    for (step, action) in order.steps.enumerated() {
      guard case .compute(let index, let phase) = action else { continue }
      let node = graph.nodes[index]
      var isLoss = false
      if case .loss = node.kind { isLoss = true }
      // A value that the backward pass reads is simply used there; to know less costs a little memory only.
      for input in node.inputs { use(input, at: step) }
      use(node.output, at: step)
      if sizes[workspaceBase + index] > 0 { use(workspaceBase + index, at: step) }
      guard plan.training, isLoss || ![.forward, .statistics].contains(phase) else { continue }
      if !isLoss { use(gradientBase + node.output, at: step) }
      guard isLoss || phase == .backwardData else { continue }
      for (position, input) in node.inputs.enumerated() where graph.values[input].needsGradient {
        use(gradientBase + input, at: step)
        if let contribution = contributionNumbers[index][position] { use(contribution, at: step) }
      }
    }

    var planner = ArenaPlanner()
    var places = [Int?](repeating: nil, count: sizes.count)
    for (buffer, lifetime) in lifetimes.enumerated() {
      guard let lifetime else { continue }
      places[buffer] = planner.add(byteCount: sizes[buffer], lifetime: lifetime)
    }
    let (offsets, byteCount) = planner.place()
    func offset(_ buffer: Int) -> Int? { places[alias[buffer]].map { offsets[$0] } }
    /// Where a value begins in the memory that it shares.
    func viewOffset(_ value: Int) -> Int {
      guard let view = plan.views.views[value] else { return 0 }
      let layout = plan.layouts[value]
      return layout.element.byteCount * view.firstChannel * layout.shape.pixels
    }
    self.byteCount = byteCount
    values = graph.values.indices.map { (offset($0) ?? 0) + viewOffset($0) }
    gradients = graph.values.indices.map { value in
      offset(gradientBase + value).map { $0 + viewOffset(value) }
    }
    workspaces = graph.nodes.indices.map { offset(workspaceBase + $0) ?? 0 }
    contributions = contributionNumbers.map { $0.map { $0.flatMap(offset) } }
  }
}
