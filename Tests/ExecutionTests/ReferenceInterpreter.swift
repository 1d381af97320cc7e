import Foundation
import NeuralNetworks

/// A plain evaluation of a graph in double precision, forward only: slow, and independent of all kernels.
///
/// Values are [sample][element], elements in the order channel, row, column. The batch is cut into groups, over
/// each of which a batch normalization takes its statistics.
struct ReferenceInterpreter {
  private typealias Operation = NeuralNetworks.Operation

  let graph: Graph
  /// By parameter, its elements in PyTorch's order.
  var parameters: [[Double]]
  /// The positions that are normalized together.
  var groups: [Range<Int>]
  /// By buffer, the running statistics to normalize with; nil for those of the groups.
  var running: [[Double]]?

  /// The mean loss of a batch.
  func loss(_ inputs: [[Double]], labels: [Int], targets: [[Double]]) -> Double {
    var values: [[[Double]]] = graph.values.map { _ in [] }
    values[graph.input] = inputs
    for operation in graph.operations {
      let x = operation.inputs.map { values[$0] }
      let shape = graph.values[operation.inputs[0]].shape
      let result = graph.values[operation.output].shape
      switch operation.kind {
      case .softmaxCrossEntropy: return mean(zip(x[0], labels).map { crossEntropy($0, label: $1) })
      case .squaredLoss: return mean(zip(x[0], targets).map { squared($0, targets: $1) })
      case .binaryCrossEntropy:
        return mean(zip(x[0], targets).map { binaryCrossEntropy($0, targets: $1) })
      case .batchNorm(let normalization):
        values[operation.output] = batchNorm(x[0], shape, normalization, operation)
      case .add:
        values[operation.output] = zip(x[0], x[1]).map { zip($0, $1).map { $0 + $1 } }
      case .concatenate:
        values[operation.output] = inputs.indices.map { sample in x.flatMap { $0[sample] } }
      case .convolution2D(let window):
        values[operation.output] = x[0].map { convolution($0, shape, result, window, operation) }
      case .linear: values[operation.output] = x[0].map { linear($0, operation) }
      case .relu: values[operation.output] = x[0].map { $0.map { max(0, $0) } }
      case .sigmoid: values[operation.output] = x[0].map { $0.map { 1 / (1 + exp(-$0)) } }
      case .maxPool2D(let window):
        values[operation.output] = x[0].map { row in
          windows(row, shape, result, window) { $0.max() ?? 0 }
        }
      case .averagePool2D(let window):
        let area = Double(window.kernel * window.kernel)
        values[operation.output] = x[0].map { row in
          windows(row, shape, result, window) { $0.reduce(0, +) / area }
        }
      case .globalAveragePool:
        values[operation.output] = x[0].map { row in
          (0..<shape.channels).map { mean(Array(row[$0 * shape.pixels..<($0 + 1) * shape.pixels])) }
        }
      case .flatten, .dropout: values[operation.output] = x[0]
      }
    }
    preconditionFailure("a graph without a loss")
  }

  // MARK: - Layers

  private func convolution(
    _ x: [Double], _ shape: Shape, _ result: Shape, _ window: Operation.Window, _ operation: Operation
  ) -> [Double] {
    let weights = parameters[operation.parameters[0]]
    let kernel = window.kernel
    var y: [Double] = []
    for out in 0..<result.channels {
      let bias = operation.parameters.count > 1 ? parameters[operation.parameters[1]][out] : 0
      for row in 0..<result.height {
        for column in 0..<result.width {
          var sum = bias
          for channel in 0..<shape.channels {
            let filter = (out * shape.channels + channel) * kernel * kernel
            let image = channel * shape.pixels
            for i in 0..<kernel {
              let r = row * window.stride - window.padding + i
              guard r >= 0, r < shape.height else { continue }
              for j in 0..<kernel {
                let c = column * window.stride - window.padding + j
                guard c >= 0, c < shape.width else { continue }
                sum += weights[filter + i * kernel + j] * x[image + r * shape.width + c]
              }
            }
          }
          y.append(sum)
        }
      }
    }
    return y
  }

  private func linear(_ x: [Double], _ operation: Operation) -> [Double] {
    let weights = parameters[operation.parameters[0]]
    return (0..<weights.count / x.count).map { out in
      let bias = operation.parameters.count > 1 ? parameters[operation.parameters[1]][out] : 0
      return x.indices.reduce(bias) { $0 + weights[out * x.count + $1] * x[$1] }
    }
  }

  private func batchNorm(
    _ x: [[Double]], _ shape: Shape, _ normalization: Operation.Normalization, _ operation: Operation
  ) -> [[Double]] {
    let (gamma, beta) = (parameters[operation.parameters[0]], parameters[operation.parameters[1]])
    var y = x
    for group in groups where !group.isEmpty {
      for channel in 0..<shape.channels {
        let elements = channel * shape.pixels..<(channel + 1) * shape.pixels
        let values = group.flatMap { x[$0][elements] }
        let center = running.map { $0[operation.buffers[0]][channel] } ?? mean(values)
        let variance =
          running.map { $0[operation.buffers[1]][channel] }
          ?? mean(values.map { ($0 - center) * ($0 - center) })
        let scale = gamma[channel] / (variance + normalization.epsilon).squareRoot()
        for sample in group {
          for element in elements {
            y[sample][element] = (x[sample][element] - center) * scale + beta[channel]
          }
        }
      }
    }
    return y
  }

  /// Applies a function to the pixels of each window that lie inside the image.
  private func windows(
    _ x: [Double], _ shape: Shape, _ result: Shape, _ window: Operation.Window, _ body: ([Double]) -> Double
  ) -> [Double] {
    func inside(_ place: Int, _ size: Int) -> Range<Int> {
      let begin = place * window.stride - window.padding
      return max(begin, 0)..<min(begin + window.kernel, size)
    }
    var y: [Double] = []
    for channel in 0..<shape.channels {
      for row in 0..<result.height {
        for column in 0..<result.width {
          y.append(
            body(
              inside(row, shape.height).flatMap { r in
                inside(column, shape.width).map { x[(channel * shape.height + r) * shape.width + $0] }
              }))
        }
      }
    }
    return y
  }

  // MARK: - Losses

  private func crossEntropy(_ x: [Double], label: Int) -> Double {
    let largest = x.max() ?? 0
    return log(x.reduce(0) { $0 + exp($1 - largest) }) + largest - x[label]
  }

  private func squared(_ x: [Double], targets: [Double]) -> Double {
    zip(x, targets).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) / 2 }
  }

  private func binaryCrossEntropy(_ x: [Double], targets: [Double]) -> Double {
    mean(
      zip(x, targets).map { logit, target in
        let probability = 1 / (1 + exp(-logit))
        return -(target * log(probability) + (1 - target) * log(1 - probability))
      })
  }

  private func mean(_ x: [Double]) -> Double {
    x.reduce(0, +) / Double(x.count)
  }
}
