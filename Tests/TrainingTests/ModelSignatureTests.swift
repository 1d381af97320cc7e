import Datasets
import Foundation
import Records
import Testing
import Training

/// What checkpoints tell of the samples that a model was trained on.
@Suite struct ModelSignatureTests {
  /// A table of two features and a target, all of them on a common scale.
  private func table() throws -> InMemorySamples {
    let path = FileManager.default.temporaryDirectory.appending(path: "\(UUID().uuidString).csv").path
    defer { try? FileManager.default.removeItem(atPath: path) }
    try Data("width,weight,height\n1,20,1000\n3,10,3000\n2,30,2000\n5,40,1000\n".utf8)
      .write(to: URL(filePath: path))
    return try TableSamples(
      path: path, test: .fraction(0.25, seed: 1), target: .name("weight"), task: .regression,
      standardized: .all
    ).load(.train)
  }

  @Test("names and scales come back as they were, of a part of the samples, too")
  func roundTrip() throws {
    let table = try table()
    let signature = ModelSignature(of: table)
    #expect(signature.featureNames == ["width", "height"] && signature.target == .values(1))
    #expect(signature.inputScale?.mean.count == 2 && signature.targetScale?.deviation.count == 1)
    #expect(ModelSignature(of: SampleSubset(table, positions: [0, 2])) == signature)
    let images = SyntheticGlyphs.generate(seed: 0, split: .test, count: 4)
      .normalized(by: Normalization(mean: [0.3], deviation: [0.1]))
    for signature in [signature, ModelSignature(of: images)] {
      let text = signature.json.description
      let read = ModelSignature(try JSON(parsing: text.utf8))
      #expect(read == signature, "\(text)")
    }
    #expect(ModelSignature(of: images).inputScale?.deviation == [Double(Float(0.1))])
  }

  @Test(
    "what is no signature is none",
    arguments: [
      "{}", #"{"input_shape": [], "classes": 2}"#, #"{"input_shape": [0], "classes": 2}"#,
      #"{"input_shape": [2]}"#, #"{"input_shape": [2], "classes": 2, "values": 2}"#,
      #"{"input_shape": [2], "classes": 2, "class_names": ["a"]}"#,
      #"{"input_shape": [3], "values": 1, "feature_names": ["a"]}"#,
      #"{"input_shape": [3], "values": 1, "input_scale": {"mean": [0, 0], "deviation": [1, 1]}}"#,
      #"{"input_shape": [1], "values": 1, "input_scale": {"mean": [0], "deviation": [0]}}"#,
      #"{"input_shape": [1], "values": 2, "target_scale": {"mean": [0], "deviation": [1]}}"#,
    ])
  func refused(text: String) throws {
    let json = try JSON(parsing: text.utf8)
    #expect(ModelSignature(json) == nil)
  }
}
