import Execution
import NeuralNetworks

/// A model of one operation, whose result is flattened so that the squared loss can send any gradient into it.
struct GoldenModel: Layer {
  let operation: GoldenCase.Settings
  /// The channels of the operation's inputs, which the model's input holds one after the other.
  let channels: [Int]
  let outputChannels: Int

  func callAsFunction(_ x: Symbol) -> Symbol {
    let (kernel, stride) = (operation.kernel ?? 1, operation.stride ?? 1)
    let (padding, bias) = (operation.padding ?? 0, operation.bias ?? false)
    let convolution = Convolution2D(
      outputChannels, kernel: kernel, stride: stride, padding: padding, bias: bias, name: "op")
    let y =
      switch operation.op {
      case "conv2d": convolution(x)
      case "linear": Linear(outputChannels, bias: bias, name: "op")(x)
      case "batch_norm_2d", "batch_norm_1d":
        BatchNorm(epsilon: operation.epsilon ?? 1e-5, momentum: operation.momentum ?? 0.1, name: "op")(x)
      case "relu": relu(x)
      case "sigmoid": sigmoid(x)
      case "max_pool2d": Pooling2D(.max, kernel: kernel, stride: stride, padding: padding)(x)
      case "avg_pool2d": Pooling2D(.average, kernel: kernel, stride: stride, padding: padding)(x)
      case "global_avg_pool2d": GlobalAveragePooling2D()(x)
      case "flatten": x
      case "add": part(0, of: x) + part(1, of: x)
      case "concatenate": concatenate([part(0, of: x), part(1, of: x)])
      case "residual_conv2d": x + convolution(x)
      default: preconditionFailure("unknown operation \(operation.op)")
      }
    return Flatten()(y)
  }

  /// One of several inputs, cut out of the model's by a convolution with ones and zeros, which is exact.
  private func part(_ index: Int, of x: Symbol) -> Symbol {
    Convolution2D(channels[index], kernel: 1, bias: false, name: "part\(index)")(x)
  }

  /// The weights of the convolutions that cut the inputs apart.
  func partTensors() -> [StateTensor] {
    let total = channels.reduce(0, +)
    var first = 0
    return channels.enumerated().map { index, count in
      var weights = [Float](repeating: 0, count: count * total)
      for channel in 0..<count { weights[channel * total + first + channel] = 1 }
      first += count
      return StateTensor(name: "part\(index).weight", shape: [count, total, 1, 1], floats: weights)
    }
  }
}
