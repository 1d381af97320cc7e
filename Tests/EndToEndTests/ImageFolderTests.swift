import Foundation
import Synchronization
import Testing

extension EndToEndTests {
  /// Images in class folders: the same bits on any ranks, and whether they are held in memory or read ahead.
  @Suite struct ImageFolderTests {
    /// The set that `lockstep draw-images` draws, once for all tests.
    private static let photos = Result {
      let directory = FileManager.default.temporaryDirectory.appending(path: "lockstep-\(UUID().uuidString)")
      let ending = try Program.run(
        ranks: nil, ["draw-images", directory.path, "--train", "120", "--test", "40"])
      try #require(ending.status == 0 && ending.errors == "", "\(ending.errors)")
      return directory
    }

    /// Six steps in three epochs, the second of each epoch short, with random changes.
    private static func arguments(_ path: String) -> [String] {
      [
        "train", SmallRun.repository.appending(path: "configs/lenet-image-folder.yaml").path, "--output",
        "run",
        "--set",
        "data={name: image-folder, path: \(path), resize: 28, augment: {crop_padding: 2, flip: true}}",
        "--set", "batch={size: 64, microshards: 8}", "--set", "epochs=3",
      ]
    }

    /// Trains in a directory of its own, which `body` sees.
    private func train<Result>(
      _ changes: [String] = [], ranks: Int? = 1, body: (URL, RunningProgram.Ending) throws -> Result
    ) throws -> Result {
      let path = try Self.photos.get().path
      return try withTemporaryDirectory { directory in
        let ending = try Program.run(ranks: ranks, Self.arguments(path) + changes, in: directory)
        try #require(ending.status == 0 && ending.errors == "", "\(ending.errors)")
        return try body(directory.appending(path: "run"), ending)
      }
    }

    private static let reference = Result {
      try ImageFolderTests().train { output, _ in try Bits(of: output) }
    }
    private static let fromFiles = ["--set", "data.cache_bytes=0"]

    @Test("ranks change no bit, nor does it whether images are held in memory", arguments: [1, 2, 3, 4])
    func ranks(ranks: Int) throws {
      let reference = try Self.reference.get()
      let held = try train(ranks: ranks) { output, _ in try Bits(of: output) }
      #expect(held == reference)
      let read = try train(Self.fromFiles + ["--set", "threads=2"], ranks: ranks) { output, ending in
        #expect(ending.output.contains("decoded ahead of each step by 2 loader threads"))
        return try Bits(of: output)
      }
      #expect(read == reference)
    }

    @Test(
      "nor do they with all random changes, on rectangles, with a model of more classes than the data",
      arguments: [1, 2, 3, 4])
    func changes(ranks: Int) throws {
      let changes = [
        "--set",
        "data.augment={flip: true, resized_crop: {share: [0.3, 1]}, affine: {degrees: 10, translate: 0.1, shear: 5}, "
          + "colors: {brightness: 0.3, contrast: 0.3, saturation: 0.3}, erasing: {probability: 0.5}}",
        "--set", "data.resize={shorter_side: 34}", "--set", "data.center_crop=[28, 28]",
        "--set", "data.normalize=imagenet", "--set", "data.channels=3", "--set", "model.classes=12",
      ]
      let found = try train(changes + ["--set", "threads=\(ranks % 2 + 1)"], ranks: ranks) { output, ending in
        #expect(ending.output.contains("model: has 12 outputs, more than the 10 classes of image-folder"))
        #expect(ending.output.contains("each epoch takes other parts of them (data.augment.resized_crop)"))
        return try Bits(of: output)
      }
      let first = Self.firstChanged.withLock { known in
        known = known ?? found
        return known
      }
      #expect(found == first)
      #expect(try found != Self.reference.get())
    }

    /// What the first run with all changes has come to, which all others must.
    private static let firstChanged = Mutex<Bits?>(nil)

    @Test("nor do the loader threads", arguments: [0, 1, 5])
    func loaderThreads(threads: Int) throws {
      let changes = Self.fromFiles + ["--set", "data.loader_threads=\(threads)"]
      #expect(try train(changes, ranks: 2) { output, _ in try Bits(of: output) } == Self.reference.get())
    }

    @Test("stopped in the middle of an epoch it goes on to the same bits, from files as from memory")
    func resume() throws {
      let path = try Self.photos.get().path
      try withTemporaryDirectory { directory in
        let first = try Program.run(
          ranks: 2, Self.arguments(path) + Self.fromFiles + ["--max-steps", "3"], in: directory)
        #expect(first.status == 0, "\(first.errors)")
        let second = try Program.run(ranks: 3, Self.arguments(path) + ["--resume", "auto"], in: directory)
        #expect(second.status == 0 && second.output.contains("going on after 3 steps"), "\(second.errors)")
        #expect(try Bits(of: directory.appending(path: "run")) == Self.reference.get())
      }
    }

    @Test("the manifest tells the decoders, and the experiment what was decoded but not how it is held")
    func manifest() throws {
      try train(Self.fromFiles) { output, _ in
        let text = try String(contentsOf: output.appending(path: "manifest.json"), encoding: .utf8)
        #expect(text.contains(#""jpeg": "libjpeg-turbo "#) && text.contains(#""png": "libpng 1."#), "\(text)")
        #expect(text.contains(#""cache_bytes": 0"#) && text.contains(#""on_broken": "stop""#), "\(text)")
      }
    }

    @Test("the configuration that ships learns the drawn set")
    func learns() throws {
      try withTemporaryDirectory { directory in
        // The set of the usual size, which launch/draw-images draws.
        let drawn = try Program.run(ranks: nil, ["draw-images", "photos"], in: directory)
        try #require(drawn.status == 0, "\(drawn.errors)")
        let ending = try Program.run(
          ranks: 2,
          [
            "train", SmallRun.repository.appending(path: "configs/lenet-image-folder.yaml").path, "--output",
            "run",
            "--set", "data.path=photos",
          ], in: directory)
        #expect(ending.status == 0 && ending.errors == "", "\(ending.errors)")
        let evaluations = try Metrics(of: directory.appending(path: "run")).events("evaluation")
        let accuracy = try #require(evaluations.last { $0.string("split") == "test" }?.number("accuracy"))
        #expect(accuracy > 0.9)
      }
    }

    @Test("broken files are left out where that is asked for, and told once")
    func skip() throws {
      try withTemporaryDirectory { directory in
        for split in ["train", "test"] {
          for name in ["cat", "großer Hund"] {
            try write(png(), "photos/\(split)/\(name)/a b.png", directory)
          }
        }
        try write(Array("text".utf8), "photos/train/cat/ü.jpg", directory)
        let ending = try Program.run(
          ranks: 2, Self.arguments("photos") + ["--set", "data.on_broken=skip"], in: directory)
        #expect(ending.status == 0, "\(ending.errors)")
        #expect(
          ending.errorLines == [
            "lockstep: warning: photos/train: 1 broken file left out: photos/train/cat/ü.jpg: is no image; expected a JPEG or PNG image"
          ], "\(ending.errors)")
        #expect(ending.output.contains("2 training and 2 test samples"))
      }
    }

    @Test("a file whose pixels turn out damaged ends all ranks and is named", arguments: [1, 3])
    func damagedLater(ranks: Int) throws {
      try withTemporaryDirectory { directory in
        for split in ["train", "test"] {
          for name in ["cat", "dog"] { try write(png(), "photos/\(split)/\(name)/a.png", directory) }
        }
        try write(withoutPixels, "photos/train/dog/b.jpg", directory)
        let ending = try Program.run(
          ranks: ranks, Self.arguments("photos") + Self.fromFiles, in: directory)
        #expect(ending.status == 1, "\(ending.errors)")
        #expect(ending.errors.contains("photos/train/dog/b.jpg: damaged JPEG image"), "\(ending.errors)")
      }
    }

    @Test("a share of the files is held back by their names and the seed")
    func share() throws {
      try withTemporaryDirectory { directory in
        for index in 0..<40 {
          try write(png(), "photos/\(index % 2 == 0 ? "a" : "b")/\(index).png", directory)
        }
        func samples(_ seed: Int) throws -> Substring? {
          let ending = try Program.run(
            Self.arguments("photos") + [
              "--set", "data.test_fraction=0.25", "--set", "seed=\(seed)", "--overwrite",
            ], in: directory)
          #expect(ending.status == 0, "\(ending.errors)")
          return ending.output.firstMatch(of: #/[0-9]+ training and [0-9]+ test samples/#)?.output
        }
        #expect(try samples(0) == samples(0))
      }
    }
  }
}
