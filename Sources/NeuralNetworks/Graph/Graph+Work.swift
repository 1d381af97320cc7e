extension Graph {
  /// The multiplications and additions, counted as one each pair, of an operation's forward pass on one sample.
  ///
  /// Only convolutions and linear layers are counted, as is usual; each of the two backward passes takes as many.
  public func multiplyAdds(of operation: Operation) -> Int {
    let (input, output) = (values[operation.inputs[0]].shape, values[operation.output].shape)
    return switch operation.kind {
    case .convolution2D(let window): output.count * input.channels * window.kernel * window.kernel
    case .linear: output.count * input.count
    default: 0
    }
  }

  /// The multiply-adds of the forward pass on one sample; the largest number where they are more.
  public var multiplyAddCount: Int {
    // Of one operation they fit: they are results times weights of a result, each less than 2³¹.
    operations.reduce(0) { sum, operation in
      let (next, overflows) = sum.addingReportingOverflow(multiplyAdds(of: operation))
      return overflows ? .max : next
    }
  }
}
