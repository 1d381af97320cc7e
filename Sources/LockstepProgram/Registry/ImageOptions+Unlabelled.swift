import Datasets
import Mistakes
import NeuralNetworks
import Training

extension ImageOptions {
  /// Image files, folders of them, or an array of images, treated as in training.
  ///
  /// - Throws: a `UserError` that names the first file that is not as it should be.
  func unlabelled(
    _ paths: [String], _ signature: ModelSignature, layout: ArrayLayout = .auto
  ) throws -> UnlabelledSamples {
    let samples: UnlabelledSamples
    if paths.contains(where: { $0.hasSuffix(".npy") }) {
      guard paths.count == 1 else {
        throw UserMistake("\(paths[0]): found together with \(paths[1]), expected one array, or images only")
      }
      samples = try array(paths[0], signature, layout: layout)
    } else {
      guard signature.inputShape.count == 3 else {
        throw UserMistake(
          "\(paths[0]): expected an array (.npy), since the model takes \(Shape(signature.inputShape)) numbers"
        )
      }
      let (images, names) = try ImageFolder.unlabelled(
        paths, fit: fit, channels: signature.inputShape[0], outputCount: signature.target.count)
      samples = UnlabelledSamples(try applied(to: images, augments: false), names: names)
    }
    guard samples.source.shape == signature.inputShape else {
      let resize = signature.inputShape.dropFirst().map(String.init).joined(separator: ", ")
      throw UserMistake(
        "\(samples.names[0]): is \(Shape(samples.source.shape)), but the model takes \(Shape(signature.inputShape))"
          + (signature.inputShape.count == 3 ? "; --set 'data.resize=[\(resize)]' resizes images" : ""))
    }
    return samples
  }

  private func array(
    _ path: String, _ signature: ModelSignature, layout: ArrayLayout
  ) throws -> UnlabelledSamples {
    let source: any SampleSource
    switch try NumPySamples.unlabelled(path: path, layout: layout, target: signature.target) {
    case .images(let images):
      source = try applied(to: fitted(images, path: path), augments: false)
    case .numbers(let numbers):
      let channels = numbers.shape.count == 3 ? numbers.shape[0] : 1
      source = try normalization(channels: channels).map(numbers.normalized) ?? numbers
    }
    return UnlabelledSamples(source, names: (0..<source.count).map { "\(path)[\($0)]" })
  }
}
