import Configurations
import LockstepProgram
import Testing

@Suite struct PictureConfigurationTests {
  @Test(
    "mistakes name the key and say what would be right",
    arguments: [
      ("panels: []", "panels"),
      ("panels: [{layers: [{layer: curve, formula: x}]}]", "x: missing; expected a range"),
      ("panels: [{x: [2, 1], layers: [{layer: curve, formula: x}]}]", "expected two numbers such as [-2, 2]"),
      (
        "panels: [{x: [0, 1], x_axis: logarithmic, layers: [{layer: curve, formula: x}]}]",
        "the range begins at 0"
      ),
      ("panels: [{x: [0, 1], layers: [{layer: curve, formula: 2x}]}]", "formula: at character 2: found x"),
      ("panels: [{x: [0, 1], layers: [{layer: curve, formula: x*y}]}]", "there is no variable y among x"),
      ("panels: [{x: [0, 1], layers: [{layer: contours, formula: x*y}]}]", "y: missing; expected a range"),
      ("panels: [{x: [0, 1], layers: [{layer: curve, formula: x, levels: [1]}]}]", "levels"),
      ("panels: [{x: [0, 1], layers: [{layer: circle}]}]", "layer"),
      (
        "panels: [{x: [0, 1], y: [0, 1], layers: [{layer: surface, formula: x}, {layer: extrema, formula: x}]}]",
        "alone"
      ),
      (
        "panels: [{x: [0, 1], layers: [{layer: path, formula: x^2, start: [1], method: {name: penalty}}]}]",
        "constraints"
      ),
      (
        "panels: [{x: [0, 1], layers: [{layer: path, formula: x^2, start: [1, 2], method: {name: newton}}]}]",
        "a list of 1 numbers"
      ),
    ])
  func mistakes(text: String, told: String) throws {
    let error = try #require(throws: ConfigurationError.self) {
      try PictureConfiguration.parse(text, source: "p.yaml")
    }
    #expect("\(error)".contains(told) && !"\(error)".contains("\n"), "\(error)")
  }

  @Test("a picture is the same text for the same configuration")
  func deterministic() throws {
    let text = """
      panels:
        - {x: [-2, 2], y: [-2, 2], layers: [{layer: surface, formula: "x^2 - y^2"}]}
        - x: [-2, 2]
          y: [-2, 2]
          equal_units: true
          layers:
            - {layer: contours, formula: "x^2 + 2*y^2"}
            - {layer: path, formula: "x^2 + 2*y^2", start: [-1, 1], steps: 5, method: {name: sgd, learning_rate: 0.1, noise: {}}}
      """
    let first = try PictureConfiguration.parse(text, source: "p.yaml").svg(source: "p.yaml")
    #expect(try PictureConfiguration.parse(text, source: "p.yaml").svg(source: "p.yaml") == first)
    #expect(first.contains("sgd") == false && first.contains(">start<") && !first.contains("nan"))
  }
}
