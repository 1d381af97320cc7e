import Foundation
import Mistakes
import Safetensors

/// Pictures as PDF, by the program `rsvg-convert` (Debian: librsvg2-bin, Homebrew: librsvg).
enum PDFConversion {
  /// The program; nil if it is not installed.
  static var program: String? {
    (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":").map { "\($0)/rsvg-convert" }
      .first { FileManager.default.isExecutableFile(atPath: $0) }
  }

  /// Writes a picture as PDF.
  ///
  /// - Throws: `UserMistake` if the program is not installed or fails.
  static func write(_ svg: String, to path: String) throws {
    guard let program else {
      throw UserMistake("\(path): PDF needs rsvg-convert (Debian: librsvg2-bin); without it, write .svg")
    }
    let file = FileManager.default.temporaryDirectory.appending(path: "lockstep-\(UUID().uuidString).svg")
    defer { try? FileManager.default.removeItem(at: file) }
    try Data(svg.utf8).write(to: file)
    let process = Process()
    process.executableURL = URL(fileURLWithPath: program)
    process.arguments = ["--format=pdf", file.path]
    let output = Pipe()
    process.standardOutput = output
    try process.run()
    let pdf = try output.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    guard process.terminationStatus == 0, !pdf.isEmpty else {
      throw UserMistake("\(path): \(program) ended with status \(process.terminationStatus)")
    }
    try ReplacementFile.write(Array(pdf), to: path)
  }
}
