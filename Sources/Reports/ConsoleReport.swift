import Foundation

/// The lines that the coordinator prints on standard output.
package struct ConsoleReport {
  private let isSilent: Bool

  /// Makes a report; a silent one, for all other ranks, prints nothing.
  package init(isSilent: Bool) {
    self.isSilent = isSilent
  }

  /// Prints a line as it is.
  package func line(_ text: String) {
    guard !isSilent else { return }
    // One piece, handed on at once: pipes and mpirun would hold it back otherwise.
    FileHandle.standardOutput.write(Data("\(text)\n".utf8))
  }

  /// Prints the progress of a run over the steps since the last such line.
  package func progress(
    epoch: Int, step: Int, stepCount: Int, loss: Double, accuracy: Double, learningRate: Double,
    imagesPerSecond: Double
  ) {
    line(
      String(
        format: "epoch %d  step %d/%d  loss %.4f  accuracy %.4f  learning rate %.4g  %.0f images/s", epoch,
        step,
        stepCount, loss, accuracy, learningRate, imagesPerSecond))
  }

  /// Prints the result of an epoch.
  package func epoch(
    _ epoch: Int, trainLoss: Double, trainAccuracy: Double, testLoss: Double, testAccuracy: Double,
    seconds: Double
  ) {
    line(
      String(
        format: "epoch %d  train: loss %.4f accuracy %.4f  test: loss %.4f accuracy %.4f  %.1f s", epoch,
        trainLoss, trainAccuracy, testLoss, testAccuracy, seconds))
  }
}
