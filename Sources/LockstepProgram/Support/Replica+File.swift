import Execution
import Mistakes
import Safetensors
import Training

extension Replica {
  /// Takes the parameters and running statistics of a file.
  ///
  /// Every rank must call this.
  ///
  /// - Throws: `UserMistake` or `MistakeElsewhere` if the tensors are not the model's; `CommonFailure` if they hold what no
  ///   training leaves behind, such as a number that is not finite.
  func load(_ file: TensorFile, path: String) throws {
    try ranks.agree {
      do {
        try executor.load(try file.stateTensors(for: executor.state()))
      } catch let error as StateError {
        throw UserMistake("\(path): \(error)")
      }
    }
    try ranks.fail(together: file.implausibility)
  }
}
