import Configurations
import LockstepProgram
import Records
import Testing
import Training

/// The keys of the update and of the loss that are left out of a record where they are left out of the file.
@Suite struct RecipeConfigurationTests {
  static let mistakes: [WrongConfiguration] = [
    .lines(
      "optimizer: {clip_norm: 0}",
      "x.yaml:3: optimizer.clip_norm: found 0, expected a number greater than 0"),
    .lines(
      "optimizer:\n  clip_norm: 1e-60",
      "x.yaml:4: optimizer.clip_norm: found 1e-60, expected a number in the range of float32"),
    .lines(
      "optimizer: {clip_norm: much}",
      "x.yaml:3: optimizer.clip_norm: found much, expected a number greater than 0"),
    .lines(
      "optimizer: {clip_nrm: 1}", #"x.yaml:3: optimizer.clip_nrm: unknown key; did you mean "clip_norm"?"#),
  ]

  @Test("the message names place, key, value and what would be right", arguments: mistakes)
  func message(wrong: WrongConfiguration) {
    let error = #expect(throws: ConfigurationError.self) {
      try Configuration.parse(wrong.text, source: "x.yaml", overrides: wrong.overrides)
    }
    #expect(error?.description == wrong.message)
  }

  @Test(
    "what is told is in the record, which reads back to an equal one",
    arguments: [
      ("optimizer.clip_norm=0.5", #""clip_norm": 0.5"#)
    ])
  func recorded(override: String, record: String) throws {
    let text = ConfigurationTests.required
    let configuration = try Configuration.parse(text, source: "x.yaml", overrides: [override])
    let json = configuration.json.description
    #expect(json.contains(record), "\(json)")
    #expect(try Configuration.parse(json, source: "x.json").json.description == json)
    let usual = try Configuration.parse(text, source: "x.yaml").experimentRecord
    #expect(!Checkpoint.differences(usual, configuration.experimentRecord).isEmpty)
  }

  @Test("what is left out leaves no trace")
  func leftOut() throws {
    let json = try Configuration.parse(ConfigurationTests.required, source: "x.yaml").json.description
    for word in ["clip_norm"] { #expect(!json.contains(word)) }
  }
}
