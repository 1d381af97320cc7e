import Configurations
import NeuralNetworks
package import Records

extension SequentialLayer {
  /// The layer as one writes it with all defaults: a word, or a mapping with sorted keys.
  package var json: JSON {
    switch kind {
    case .activation(.relu): .word(Word.relu)
    case .activation(.sigmoid): .word(Word.sigmoid)
    case .globalAveragePooling: .word(Word.globalAveragePool)
    case .flatten: .word(Word.flatten)
    case .dropout(let probability): .section([Key.layer(.dropout): .number(probability)])
    case .batchNorm(let epsilon, let momentum, let beginsAtZero):
      .section([
        Key.layer(.batchNorm): .section([
          BatchNormKey.epsilon: .number(epsilon), .momentum: .number(momentum),
          .zeroInit: .boolean(beginsAtZero),
        ])
      ])
    case .convolution(let channels, let kernel, let stride, let padding, let bias):
      .section([
        Key.layer(.convolution): .integer(channels), .option(.kernel): .integer(kernel),
        .option(.stride): .integer(stride), .option(.padding): .integer(padding),
        .option(.bias): .boolean(bias),
      ])
    case .linear(let features, let bias):
      .section([Key.layer(.linear): .integer(features), .option(.bias): .boolean(bias)])
    case .pooling(let reduction, let kernel, let stride, let padding):
      .section([
        Key.layer(reduction == .max ? .maxPool : .averagePool): .integer(kernel),
        .option(.stride): .integer(stride), .option(.padding): .integer(padding),
      ])
    case .dense(let layers, let repetitions):
      .section([
        Key.layer(.dense): .list(layers.map(\.json)), .layer(.repeat): .integer(repetitions),
      ])
    case .residual(let layers, let shortcut):
      .section([
        Key.layer(.residual): .list(layers.map(\.json)),
        .option(.shortcut): shortcut.map { .list($0.map(\.json)) },
      ])
    }
  }
}
