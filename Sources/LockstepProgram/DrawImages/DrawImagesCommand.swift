import ArgumentParser
import Datasets
import Mistakes

/// `lockstep draw-images`.
struct DrawImagesCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "draw-images",
    abstract:
      "Draw a small set of images in class folders, to try data.name: image-folder without a download.")

  @Argument(help: "The folder, which must not exist: DIR/train/CLASS/… and DIR/test/CLASS/… are made.")
  var directory: String

  @Option(help: "The images to draw for training, 10 to 100000.")
  var train = 800

  @Option(help: "The images to draw for testing, 10 to 100000.")
  var test = 200

  @Option(help: "Chooses among the sets of images, 0 or more.")
  var seed: UInt64 = 0

  func validate() throws {
    for (name, count) in [("--train", train), ("--test", test)] where !(10...100_000).contains(count) {
      throw ValidationError("\(name): found \(count), expected 10 to 100000")
    }
  }

  func run() throws {
    guard MessageOnce.isFirstRank else { return }
    try ImageDrawing(seed: seed).draw(into: directory, counts: [.train: train, .test: test])
    try StandardStream.output.write("\(directory): \(train) training and \(test) test images of 10 classes")
  }
}
