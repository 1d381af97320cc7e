import ArgumentParser
import Foundation
import Mistakes
import Reports
import Safetensors

/// `lockstep report`.
struct ReportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "report",
    abstract: "Write a page about trainings, or an experiment of many: one HTML file that needs no network.")

  @Argument(
    help:
      "Output directories of trainings, which are laid over each other; or that of a scaling experiment or a sweep."
  )
  var runs: [String]

  @Option(help: "The file (default: report.html in the first directory).")
  var output: String?

  @Option(help: "The heading of the page.")
  var title: String?

  func run() throws {
    // Several ranks have nothing to add.
    guard MessageOnce.isFirstRank else { return }
    let page = try ReportPage.page(of: runs, title: title)
    let path = output ?? "\(runs[0])/report.html"
    do throws(TensorFileError) { try ReplacementFile.write(Array(page.text.utf8), to: path) } catch {
      throw UserMistake("\(error)")
    }
    try StandardStream.output.write(path)
  }
}
