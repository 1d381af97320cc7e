import NeuralNetworks

/// A maximum pooling: where the maxima are, the tangents and the gradients are taken, too.
///
/// Of equal ones in a window the first counts, as for the kernel.
final class MaximumTangent: TangentOperation {
  private let window: Operation.Window
  private let input: TensorLayout
  private let output: TensorLayout
  private let memory: TangentMemory
  private let values: any BoundKernel
  private let tangents: any BoundKernel

  /// Ties the kernel of a maximum pooling.
  init(
    _ window: Operation.Window, input: TensorLayout, output: TensorLayout, _ kernel: any Kernel,
    _ memory: TangentMemory
  ) throws(OneDNNError) {
    (self.window, self.input, self.output, self.memory) = (window, input, output, memory)
    values = try kernel.bind(memory.values)
    // The backward pass knows the places of the maxima by what the forward pass of the values has kept.
    tangents = try kernel.bind(memory.tangents)
  }

  func forward() {
    values.run(.forward)
    let (x, ẋ) = (memory.inputs[0].value.floats, memory.inputs[0].tangent.floats)
    let (y, ẏ) = (memory.output.value.floats, memory.output.tangent.floats)
    let (B, height, width) = (input.channelBlock, input.shape.height, input.shape.width)
    func range(_ index: Int, of size: Int) -> Range<Int> {
      let first = index * window.stride - window.padding
      return max(0, first)..<min(size, first + window.kernel)
    }
    for image in 0..<output.samples * output.blocks {
      let (source, target) = (image * height * width * B, image * output.shape.pixels * B)
      for row in 0..<output.shape.height {
        for column in 0..<output.shape.width {
          for lane in 0..<B {
            let place = target + (row * output.shape.width + column) * B + lane
            ẏ[place] = 0
            search: for r in range(row, of: height) {
              for c in range(column, of: width) {
                let pixel = source + (r * width + c) * B + lane
                if x[pixel] == y[place] {
                  ẏ[place] = ẋ[pixel]
                  break search
                }
              }
            }
          }
        }
      }
    }
  }

  func backward() {
    values.run(.backwardData)
    tangents.run(.backwardData)
  }
}
