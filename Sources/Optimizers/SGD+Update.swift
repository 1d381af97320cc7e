import Mistakes

extension SGD {
  /// Takes one step on a run of parameters.
  ///
  /// An element's result depends on that element only: a run may be cut anywhere and at any address, and its
  /// parts updated in any order, with the same bits. Products and sums are rounded one by one, never fused, so
  /// the bits do not depend on the instruction set either.
  ///
  /// - Parameters:
  ///   - parameters: the values p, updated in place.
  ///   - gradients: the gradients g of the loss, as many as there are parameters.
  ///   - velocities: the velocities v, updated in place: as many as there are parameters, zero before the first
  ///     step. With zero momentum they are not touched and may be empty.
  ///   - learningRate: η of this step.
  ///   - decays: whether weight decay applies to this run. Goyal et al. 2017 (arXiv:1706.02677, section 5.1)
  ///     leave out batch normalization's scales and shifts; biases are often left out with them.
  ///
  /// The three buffers must not overlap. Nothing is allocated.
  ///
  /// - Complexity: O(*n*), at the speed of memory.
  public func update(
    parameters: UnsafeMutableBufferPointer<Float>,
    gradients: UnsafeBufferPointer<Float>,
    velocities: UnsafeMutableBufferPointer<Float>,
    learningRate: Float,
    decays: Bool = true
  ) {
    let count = parameters.count
    require(gradients.count == count, "given \(gradients.count) gradients for \(count) parameters")
    require(
      momentum == 0 || velocities.count == count,
      "given \(velocities.count) velocities for \(count) parameters")
    let rule = Rule(
      momentum: momentum, isNesterov: isNesterov, weightDecay: decays ? weightDecay : 0,
      learningRate: learningRate)
    let whole = count - count % Rule.Lanes.scalarCount
    if momentum == 0 {
      for start in stride(from: 0, to: whole, by: Rule.Lanes.scalarCount) {
        let parameter = load(UnsafeBufferPointer(parameters), at: start)
        let gradient = rule.decayed(load(gradients, at: start), parameter)
        store(rule.moved(parameter, along: gradient), to: parameters, at: start)
      }
    } else {
      for start in stride(from: 0, to: whole, by: Rule.Lanes.scalarCount) {
        let parameter = load(UnsafeBufferPointer(parameters), at: start)
        let gradient = rule.decayed(load(gradients, at: start), parameter)
        let velocity = rule.accelerated(load(UnsafeBufferPointer(velocities), at: start), by: gradient)
        store(velocity, to: velocities, at: start)
        store(
          rule.moved(parameter, along: rule.direction(gradient, velocity)), to: parameters, at: start)
      }
    }
    updateTail(from: whole, parameters, gradients, velocities, rule)
  }

  /// Updates the elements after the last whole vector, in the first lanes of one that is padded with zeros.
  private func updateTail(
    from start: Int,
    _ parameters: UnsafeMutableBufferPointer<Float>,
    _ gradients: UnsafeBufferPointer<Float>,
    _ velocities: UnsafeMutableBufferPointer<Float>,
    _ rule: Rule
  ) {
    var parameter = Rule.Lanes()
    var gradient = Rule.Lanes()
    var velocity = Rule.Lanes()
    for index in start..<parameters.count {
      parameter[index - start] = parameters[index]
      gradient[index - start] = gradients[index]
      if momentum != 0 { velocity[index - start] = velocities[index] }
    }
    gradient = rule.decayed(gradient, parameter)
    if momentum != 0 {
      velocity = rule.accelerated(velocity, by: gradient)
      gradient = rule.direction(gradient, velocity)
    }
    parameter = rule.moved(parameter, along: gradient)
    for index in start..<parameters.count {
      parameters[index] = parameter[index - start]
      if momentum != 0 { velocities[index] = velocity[index - start] }
    }
  }
}

/// The four lines of the update rule, on sixteen elements at once.
private struct Rule {
  typealias Lanes = SIMD16<Float>

  let momentum: Float
  let isNesterov: Bool
  let weightDecay: Float
  let learningRate: Float

  // Without weight decay nothing is added: zero times an infinite parameter would be no number.
  @inline(__always)
  func decayed(_ gradient: Lanes, _ parameter: Lanes) -> Lanes {
    weightDecay == 0 ? gradient : gradient + weightDecay * parameter
  }

  @inline(__always)
  func accelerated(_ velocity: Lanes, by gradient: Lanes) -> Lanes {
    momentum * velocity + gradient
  }

  @inline(__always)
  func direction(_ gradient: Lanes, _ velocity: Lanes) -> Lanes {
    isNesterov ? gradient + momentum * velocity : velocity
  }

  @inline(__always)
  func moved(_ parameter: Lanes, along direction: Lanes) -> Lanes {
    parameter - learningRate * direction
  }
}

@inline(__always)
private func load(_ buffer: UnsafeBufferPointer<Float>, at start: Int) -> Rule.Lanes {
  UnsafeRawBufferPointer(buffer)
    .loadUnaligned(fromByteOffset: start * MemoryLayout<Float>.stride, as: Rule.Lanes.self)
}

@inline(__always)
private func store(_ lanes: Rule.Lanes, to buffer: UnsafeMutableBufferPointer<Float>, at start: Int) {
  UnsafeMutableRawBufferPointer(buffer)
    .storeBytes(of: lanes, toByteOffset: start * MemoryLayout<Float>.stride, as: Rule.Lanes.self)
}
