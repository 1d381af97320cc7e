import ArgumentParser
import Mistakes
import Safetensors

/// `lockstep picture`.
struct PictureCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "picture",
    abstract: "Draw functions, convex sets, and the ways of methods; configs/pictures has examples.")

  @Argument(help: "The configuration, a YAML file.")
  var config: String

  @Option(
    help:
      "The file to write, which ends in .svg, or in .pdf where rsvg-convert is installed (default: CONFIG.svg)."
  )
  var output: String?

  @OptionGroup var changes: ConfigurationChanges

  func run() throws {
    guard MessageOnce.isFirstRank else { return }
    let path = output ?? (config.split(separator: "/").last.map(String.init) ?? config).withoutYAML + ".svg"
    guard path.hasSuffix(".svg") || path.hasSuffix(".pdf") else {
      throw UserMistake("--output: found \(path), expected a name that ends in .svg or .pdf")
    }
    let picture = try PictureConfiguration.load(path: config, overrides: changes.set)
    let svg = try picture.svg(source: config)
    if path.hasSuffix(".svg") {
      try ReplacementFile.write(Array(svg.utf8), to: path)
    } else {
      try PDFConversion.write(svg, to: path)
    }
    try StandardStream.output.write("\(path): \(picture.title)")
  }
}

extension String {
  /// A file's name without the ending of a configuration.
  fileprivate var withoutYAML: String {
    for ending in [".yaml", ".yml"] where hasSuffix(ending) { return String(dropLast(ending.count)) }
    return self
  }
}
