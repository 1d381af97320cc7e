import Configurations
import Foundation
import LockstepProgram
import Testing

/// A configuration that is wrong, and what the user is told.
struct WrongConfiguration: CustomTestStringConvertible {
  let text: String
  let overrides: [String]
  let message: String

  /// Lines after the required ones, that is, from line 3 on.
  static func lines(_ lines: String, _ message: String) -> Self {
    .init(text: ConfigurationTests.required + lines, overrides: [], message: message)
  }

  static func whole(_ text: String, _ message: String) -> Self {
    .init(text: text, overrides: [], message: message)
  }

  static func overrides(_ overrides: String..., message: String) -> Self {
    .init(text: ConfigurationTests.required, overrides: overrides, message: message)
  }

  var testDescription: String { message }
}

@Suite struct ConfigurationErrorTests {
  static let models =
    "one of densenet, densenet121, lenet, mlp, resnet18, resnet34, resnet50, sequential, torchvision-densenet121, "
    + "torchvision-resnet101, torchvision-resnet18, torchvision-resnet34, torchvision-resnet50, torchvision-vgg16, "
    + "vgg11, vgg16"
  static let datasets = "one of cifar10, cifar100, csv, fashion-mnist, glyphs, idx, image-folder, mnist, npz"

  static let keys: [WrongConfiguration] = [
    .lines(
      "optimizer:\n  name: sgd\n  lerning_rate: 0.1",
      #"x.yaml:5: optimizer.lerning_rate: unknown key; did you mean "learning_rate"?"#),
    .lines("sede: 1", #"x.yaml:3: sede: unknown key; did you mean "seed"?"#),
    .lines("batchNorm: {}", #"x.yaml:3: batchNorm: unknown key; did you mean "batch_norm"?"#),
    .lines("batch: {sice: 1}", #"x.yaml:3: batch.sice: unknown key; did you mean "size"?"#),
    .lines("batch: {x: 1}", "x.yaml:3: batch.x: unknown key; expected one of size, microshards"),
    .lines("log:\n  lr: 1", "x.yaml:4: log.lr: unknown key; expected every_steps"),
    .lines("desync_chek: {}", #"x.yaml:3: desync_chek: unknown key; did you mean "desync_check"?"#),
    .lines(
      "tensorboard: {histograms_every_steps: 0}",
      "x.yaml:3: tensorboard.histograms_every_steps: found 0, expected an integer from 1 to 2147483647, or never"
    ),
    .lines(
      "desync_check: {every_step: 5}",
      #"x.yaml:3: desync_check.every_step: unknown key; did you mean "every_steps"?"#),
    .lines(
      "1: 2",
      """
      x.yaml:3: 1: unknown key; expected one of model, data, batch, loss, optimizer, epochs, seed, threads, \
      precision, convolution, collectives, stop, reduction, log, checkpoint, verify, watchdog, tensorboard, on_non_finite, batch_norm, \
      desync_check
      """),
    .lines("[a]: 1", "x.yaml:3: found a list or a mapping as a key, expected a name"),
    .lines("seed: 1\nbatch:\n  size: 8\n  size: 8", #"x.yaml:5: duplicate key "size""#),
    .whole(
      "model: {name: lenet}",
      "x.yaml: data.name: missing; expected \(datasets)"),
    .whole(
      "data: {name: glyphs}\nmodel: {classes: 3}", "x.yaml:2: model.name: missing; expected \(models)"),
    .whole(
      "data: {name: glyphs}\nmodel:\n  nam: lenet", #"x.yaml:3: model.nam: unknown key; did you mean "name"?"#
    ),
    .whole("{}", "x.yaml: model.name: missing; expected \(models)"),
    .overrides(
      "model={name: lenet, stem: small}",
      message: "--set model={name: lenet, stem: small}: model.stem: belongs to densenet, densenet121, "
        + "resnet18, resnet34, resnet50, torchvision-densenet121, torchvision-resnet101, torchvision-resnet18, "
        + "torchvision-resnet34, torchvision-resnet50, but model.name is lenet"),
    .overrides(
      "model={name: densenet, zero_init_residual: true}",
      message: "--set model={name: densenet, zero_init_residual: true}: model.zero_init_residual: belongs to "
        + "resnet18, resnet34, resnet50, torchvision-resnet101, torchvision-resnet18, torchvision-resnet34, "
        + "torchvision-resnet50, but model.name is densenet"),
    .overrides(
      "data.augment={crop_padding: 65}",
      message: "--set data.augment={crop_padding: 65}: data.augment.crop_padding: found 65, expected an "
        + "integer from 0 to 64"),
    .overrides(
      "data.resize=[96]",
      message:
        "--set data.resize=[96]: data.resize: found a list, expected an integer from 1 to 1024, or a list of "
        + "height and width, such as [96, 128]"),
    .overrides(
      "data.resize={shorter: 96}",
      message:
        #"--set data.resize={shorter: 96}: data.resize.shorter_side: missing; expected an integer from 1 to 1024"#
    ),
    .overrides(
      "data.resize=1025",
      message: "--set data.resize=1025: data.resize: found 1025, expected an integer from 1 to 1024"),
    .overrides(
      "data.normalize=imagnet",
      message:
        "--set data.normalize=imagnet: data.normalize: found imagnet, expected imagenet, or {mean: …, std: …} of "
        + "numbers or lists of them"),
    .overrides(
      "data.normalize={mean: [0, 1], std: [1, 1, 1]}",
      message:
        "--set data.normalize={mean: [0, 1], std: [1, 1, 1]}: data.normalize.mean: found 2 numbers, but std has "
        + "3; expected one for each channel"),
    .overrides(
      "data.augment={affine: {degrees: 181}}",
      message:
        "--set data.augment={affine: {degrees: 181}}: data.augment.affine.degrees: found 181, expected a number "
        + "from 0 to 180"),
    .overrides(
      "data.augment={erasing: {share: [0.5, 0.1]}}",
      message:
        "--set data.augment={erasing: {share: [0.5, 0.1]}}: data.augment.erasing.share: found [0.5, 0.1], "
        + "expected the smaller number first"),
    .overrides(
      "data.augment={colors: {hue: 0.1}}",
      message:
        "--set data.augment={colors: {hue: 0.1}}: data.augment.colors.hue: unknown key; expected one of "
        + "brightness, contrast, saturation"),
    .overrides(
      "data.classes=[cat]",
      message: "--set data.classes=[cat]: data.classes: found one name, expected at least 2"),
    .lines(
      "loss: {label_smoothing: 1}",
      "x.yaml:3: loss.label_smoothing: found 1, expected a number of at least 0 and less than 1"),
    .whole(
      "model: {name: lenet}\ndata: {name: mnist}",
      "x.yaml:2: data.path: missing; expected the folder with the files of mnist"),
    .whole(
      "model: {name: lenet}\ndata:\n  name: glyphs\n  normalize: {mean: 0.5}",
      "x.yaml:4: data.normalize.std: missing; expected a number greater than 0"),
  ]

  static let types: [WrongConfiguration] = [
    .lines("batch: 256", "x.yaml:3: batch: found 256, expected a mapping"),
    .lines("batch: [1]", "x.yaml:3: batch: found a list, expected a mapping"),
    .lines("epochs: ten", "x.yaml:3: epochs: found ten, expected an integer from 1 to 2147483647"),
    .lines("epochs: 1e1", "x.yaml:3: epochs: found 1e1, expected an integer from 1 to 2147483647"),
    .lines("epochs: 10.0", "x.yaml:3: epochs: found 10.0, expected an integer from 1 to 2147483647"),
    .lines("epochs: '10'", #"x.yaml:3: epochs: found "10", expected an integer from 1 to 2147483647"#),
    .lines("epochs: {a: 1}", "x.yaml:3: epochs: found a mapping, expected an integer from 1 to 2147483647"),
    .lines(
      "data.shuffle: no",
      #"""
      x.yaml:3: data.shuffle: unknown key; expected one of model, data, batch, loss, optimizer, epochs, seed, threads, \#
      precision, convolution, collectives, stop, reduction, log, checkpoint, verify, watchdog, tensorboard, on_non_finite, batch_norm, \#
      desync_check
      """#),
    .lines("optimizer: {nesterov: yes}", "x.yaml:3: optimizer.nesterov: found yes, expected true or false"),
    .lines("optimizer: {nesterov: 1}", "x.yaml:3: optimizer.nesterov: found 1, expected true or false"),
    .lines(
      "optimizer: {nesterov: 'true'}", #"x.yaml:3: optimizer.nesterov: found "true", expected true or false"#),
    .lines(
      "optimizer:\n  learning_rate: high",
      "x.yaml:4: optimizer.learning_rate: found high, expected a number greater than 0"),
    .lines(
      "optimizer: {learning_rate: 0x10}",
      "x.yaml:3: optimizer.learning_rate: found 0x10, expected a number greater than 0"),
    .lines(
      "optimizer: {learning_rate: '0.1'}",
      #"x.yaml:3: optimizer.learning_rate: found "0.1", expected a number greater than 0"#),
    .lines("optimizer: {schedule: cosine}", "x.yaml:3: optimizer.schedule: found cosine, expected a mapping"),
    .lines("precision: [float32]", "x.yaml:3: precision: found a list, expected one of float32, bfloat16"),
    .whole(
      "model: {name: lenet}\ndata: {name: idx, path: [a]}",
      "x.yaml:2: data.path: found a list, expected a text"),
    .lines("precision: \"a\\nb\"", #"x.yaml:3: precision: found "a\nb"; expected one of float32, bfloat16"#),
    .lines(
      "precision: \(String(repeating: "x", count: 70))",
      "x.yaml:3: precision: found \(String(repeating: "x", count: 60))…; expected one of float32, bfloat16"),
  ]

  static let values: [WrongConfiguration] = [
    .whole(
      "model: {name: LeNet}\ndata: {name: glyphs}",
      #"x.yaml:1: model.name: found LeNet; did you mean "lenet"?"#),
    .whole(
      "model: {name: alexnet}\ndata: {name: glyphs}",
      "x.yaml:1: model.name: found alexnet; expected \(models)"),
    .whole(
      "model: {name: lenet, classes: 1}\ndata: {name: glyphs}",
      "x.yaml:1: model.classes: found 1, expected an integer from 2 to 2147483647"),
    .whole(
      "model: {name: lenet}\ndata: {name: glyphs, resize: 1025}",
      "x.yaml:2: data.resize: found 1025, expected an integer from 1 to 1024"),
    .whole(
      "model: {name: lenet}\ndata: {name: glyphs, train_samples: 0}",
      "x.yaml:2: data.train_samples: found 0, expected an integer from 1 to 2147483647"),
    .whole(
      "model: {name: lenet}\ndata: {name: glyphs, normalize: {mean: 0, deviation: 0}}",
      "x.yaml:2: data.normalize.deviation: found 0, expected a number greater than 0"),
    .lines(
      "batch_norm: {statistics: mini}",
      "x.yaml:3: batch_norm.statistics: found mini; expected one of global, microshard, rank"),
    .lines(
      "batch_norm: {statistics: globl}",
      #"x.yaml:3: batch_norm.statistics: found globl; did you mean "global"?"#),
    .lines(
      "batch: {microshards: 4097}",
      "x.yaml:3: batch.microshards: found 4097, expected an integer from 1 to 4096"),
    .lines(
      "checkpoint: {every_epochs: 0}",
      "x.yaml:3: checkpoint.every_epochs: found 0, expected an integer from 1 to 2147483647, or never"),
    .lines(
      "checkpoint: {keep: none}",
      "x.yaml:3: checkpoint.keep: found none, expected an integer from 1 to 2147483647, or all"),
    .lines(
      "checkpoint: {every_minutes: 0}",
      "x.yaml:3: checkpoint.every_minutes: found 0, expected a number greater than 0"),
    .lines(
      "on_non_finite: skip", #"x.yaml:3: on_non_finite: found skip; expected one of stop, skip_step"#),
    .lines(
      "desync_check: {every_steps: 0}",
      "x.yaml:3: desync_check.every_steps: found 0, expected an integer from 1 to 2147483647"),
    .lines(
      "verify: {every_steps: 0}",
      "x.yaml:3: verify.every_steps: found 0, expected an integer from 1 to 2147483647"),
    .lines(
      "batch_norm: {statistics: rank}\nverify: {every_steps: 5}",
      "x.yaml:4: verify.every_steps: no other rank can recompute a microshard with batch_norm.statistics: rank; "
        + "take global or microshard"),
    .lines("epochs: 0", "x.yaml:3: epochs: found 0, expected an integer from 1 to 2147483647"),
    .lines("seed: -1", "x.yaml:3: seed: found -1, expected an integer from 0 to 9223372036854775807"),
    .lines(
      "seed: 9223372036854775808",
      "x.yaml:3: seed: found 9223372036854775808, expected an integer from 0 to 9223372036854775807"),
    .lines("threads: 257", "x.yaml:3: threads: found 257, expected an integer from 1 to 256"),
    .lines("convolution: winnograd", #"x.yaml:3: convolution: found winnograd; did you mean "winograd"?"#),
    .lines("precision: bfloat", #"x.yaml:3: precision: found bfloat; did you mean "bfloat16"?"#),
    .lines(
      "reduction: {bucket_bytes: 3}",
      "x.yaml:3: reduction.bucket_bytes: found 3, expected an integer from 4 to 2147483648"),
    .lines(
      "log: {every_steps: 0}",
      "x.yaml:3: log.every_steps: found 0, expected an integer from 1 to 2147483647"),
    .lines(
      "optimizer: {learning_rate: 0}",
      "x.yaml:3: optimizer.learning_rate: found 0, expected a number greater than 0"),
    .lines(
      "optimizer: {learning_rate: .inf}",
      "x.yaml:3: optimizer.learning_rate: found .inf, expected a finite number"),
    .lines(
      "optimizer: {learning_rate: 1e400}",
      "x.yaml:3: optimizer.learning_rate: found 1e400, expected a finite number"),
    .lines(
      "optimizer: {learning_rate: NaN}",
      "x.yaml:3: optimizer.learning_rate: found NaN, expected a finite number"),
    .lines(
      "optimizer: {learning_rate: 1e39}",
      "x.yaml:3: optimizer.learning_rate: found 1e39, expected a number in the range of float32"),
    .lines(
      "optimizer: {learning_rate: 1e-60}",
      "x.yaml:3: optimizer.learning_rate: found 1e-60, expected a number in the range of float32"),
    .lines(
      "optimizer: {momentum: 1}",
      "x.yaml:3: optimizer.momentum: found 1, expected a number of at least 0 and less than 1"),
    .lines(
      "optimizer: {weight_decay: -1e-4}",
      "x.yaml:3: optimizer.weight_decay: found -1e-4, expected a number of at least 0"),
    .lines("optimizer: {name: sgdd}", #"x.yaml:3: optimizer.name: found sgdd; did you mean "sgd"?"#),
  ]

  static let relations: [WrongConfiguration] = [
    .lines("batch: {size: 4}", "x.yaml:3: batch.size: found 4, expected at least batch.microshards (8)"),
    .lines(
      "batch: {microshards: 512}", "x.yaml:3: batch.microshards: found 512, expected at most batch.size (256)"
    ),
    .lines(
      "optimizer: {nesterov: true}",
      "x.yaml:3: optimizer.nesterov: found true, expected false, or an optimizer.momentum greater than 0"),
    .lines(
      "optimizer: {schedule: {warmup_epochs: 11}}",
      "x.yaml:3: optimizer.schedule.warmup_epochs: found 11, expected at most epochs (10)"),
    .lines(
      "optimizer: {schedule: {warmup_from: 0.1}}",
      """
      x.yaml:3: optimizer.schedule.warmup_from: needs optimizer.schedule.warmup_epochs of at least 1, but that is 0
      """),
    .lines(
      "optimizer: {schedule: {warmup_epochs: 1, warmup_from: 0.2}}",
      """
      x.yaml:3: optimizer.schedule.warmup_from: found 0.2, expected a number from 0 to optimizer.learning_rate (0.1)
      """),
    .lines(
      "optimizer: {schedule: {name: cosine, final_learning_rate: 1}}",
      """
      x.yaml:3: optimizer.schedule.final_learning_rate: found 1, \
      expected a number from 0 to optimizer.learning_rate (0.1)
      """),
    .lines(
      "optimizer: {schedule: {name: cosine, factor: 0.1}}",
      """
      x.yaml:3: optimizer.schedule.factor: belongs to the schedule step, but optimizer.schedule.name is cosine
      """),
    .lines(
      "optimizer: {schedule: {final_learning_rate: 0}}",
      """
      x.yaml:3: optimizer.schedule.final_learning_rate: belongs to the schedule cosine, \
      but optimizer.schedule.name is constant
      """),
    .lines(
      "optimizer: {schedule: {name: step}}",
      "x.yaml:3: optimizer.schedule.epochs: missing; expected a list of integers from 1 to 9"),
    .lines(
      "optimizer: {schedule: {name: step, epochs: 3}}",
      "x.yaml:3: optimizer.schedule.epochs: found 3, expected a list of integers"),
    .lines(
      "optimizer: {schedule: {name: step, epochs: []}}",
      "x.yaml:3: optimizer.schedule.epochs: found a list, expected a list of integers"),
    .lines(
      "optimizer:\n  schedule:\n    name: step\n    epochs:\n    - 3\n    - 3",
      "x.yaml:8: optimizer.schedule.epochs[1]: found 3, expected more than 3, which stands before it"),
    .lines(
      "optimizer: {schedule: {name: step, epochs: [3, 10]}}",
      "x.yaml:3: optimizer.schedule.epochs[1]: found 10, expected an integer from 1 to 9"),
    .lines(
      "optimizer: {schedule: {name: step, epochs: [2], warmup_epochs: 2}}",
      "x.yaml:3: optimizer.schedule.epochs[0]: found 2, expected an integer from 3 to 9"),
    .lines(
      "optimizer: {schedule: {name: step, epochs: [2], factor: 1.5}}",
      "x.yaml:3: optimizer.schedule.factor: found 1.5, expected a number greater than 0 and at most 1"),
    .lines(
      "epochs: 1\noptimizer: {schedule: {name: step, epochs: [1]}}",
      "x.yaml:4: optimizer.schedule.name: found step, expected at least 2 epochs for it, but epochs is 1"),
  ]

  @Test(
    "the message names place, key, value and what would be right",
    arguments: [keys, types, values, relations, documents, overrides].flatMap(\.self))
  func message(wrong: WrongConfiguration) {
    let error = #expect(throws: ConfigurationError.self) {
      try Configuration.parse(wrong.text, source: "x.yaml", overrides: wrong.overrides)
    }
    #expect(error?.description == wrong.message)
  }
}
