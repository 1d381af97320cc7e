import Foundation
import Images

/// Folders of images, each damaged in one way.
let imageFolders: [Mistake] = [
  folder("no directory", tells: ["none", "no such directory"]) { _ in }.setting("data.path=none"),
  folder("no path", tells: ["data.path", "missing", "folder"]) { _ in }.setting("data.path=null"),
  folder(
    "no folders for the splits",
    tells: ["photos", "train and test (or val)", "data.test_fraction", "found no folders"]
  ) { for split in ["train", "test"] { try remove(split, $0) } },
  folder("splits and a share", tells: ["photos", "folder train", "data.test_fraction"]) { _ in }
    .setting("data.test_fraction=0.5"),
  folder("a share of all", tells: ["data.test_fraction", "found 1", "less than 1"]) { _ in }
    .setting("data.test_fraction=1"),
  folder("no classes", tells: ["photos/train", "has no folders", "each class"]) {
    for name in ["cat", "großer Hund"] { try remove("train/\(name)", $0) }
  },
  folder("one class", tells: ["photos", "one class only, cat", "at least 2"]) {
    for split in ["train", "test"] { try remove("\(split)/großer Hund", $0) }
  },
  folder("an empty class folder", tells: ["photos/train/großer Hund", "has no images", ".png"]) {
    try remove("train/großer Hund/a.png", $0)
  },
  folder(
    "a class folder of other files", tells: ["photos/train/großer Hund", "has no images", "found a.webp"]
  ) {
    try FileManager.default.moveItem(
      at: $0.appending(path: "train/großer Hund/a.png"), to: $0.appending(path: "train/großer Hund/a.webp"))
  },
  folder(
    "a class of the test images alone",
    tells: ["photos/test/mouse", "no class of the training images", "cat"]
  ) {
    try write(png(), "test/mouse/a.png", $0)
  },
  folder("a class without a folder", tells: ["photos/train", "mouse", "data.classes", "cat"]) { _ in }
    .setting("data.classes=[cat, mouse]"),
  folder("one class asked for", tells: ["data.classes", "one name", "at least 2"]) { _ in }
    .setting("data.classes=[cat]"),
  folder("a text as an image", tells: ["photos/train/cat/ü ß.jpg", "is no image", "JPEG or PNG"]) {
    try write(Array("no image".utf8), "train/cat/ü ß.jpg", $0)
  },
  folder("an empty file", tells: ["photos/train/cat/b.png", "is empty"]) {
    try write([], "train/cat/b.png", $0)
  },
  folder("a file of another kind", tells: ["photos/test/cat/b.png", "is a GIF image"]) {
    try write(Array("GIF89a....".utf8), "test/cat/b.png", $0)
  },
  folder("a truncated JPEG", tells: ["photos/train/cat/b.jpg", "truncated", "JPEG"]) {
    try write(Array(jpeg().dropLast(20)), "train/cat/b.jpg", $0)
  },
  folder("a truncated PNG", tells: ["photos/train/cat/b.png", "truncated", "PNG"]) {
    try write(Array(png().dropLast(3)), "train/cat/b.png", $0)
  },
  folder(
    "a JPEG whose pixels are missing", tells: ["photos/train/cat/b.jpg", "damaged JPEG", "premature end"]
  ) {
    try write(withoutPixels, "train/cat/b.jpg", $0)
  },
  folder("huge dimensions", tells: ["photos/train/cat/b.png", "1048576×1048576 pixels", "178956970"]) {
    var bytes = png()
    bytes.replaceSubrange(16..<24, with: [0, 0x10, 0, 0, 0, 0x10, 0, 0])
    try write(bytes, "train/cat/b.png", $0)
  },
  folder("several sizes", tells: ["photos/train", "cat/a.png: 28×28", "cat/b.png: 30×29", "data.resize"]) {
    try write(png(width: 29, height: 30), "train/cat/b.png", $0)
  }
  .setting("data.resize=null"),
  folder("images of one pixel", tells: ["model: ", "layer 0", "1×1×1"]) {
    for split in ["train", "test"] {
      for name in ["cat", "großer Hund"] { try write(png(width: 1, height: 1), "\(split)/\(name)/a.png", $0) }
    }
  }
  .setting("data.resize=null"),
  folder("two channels", tells: ["data.channels", "found 2", "1 (gray) or 3 (RGB)"]) { _ in }
    .setting("data.channels=2"),
  folder("another word for what is broken", tells: ["data.on_broken", "found skipp", "skip"]) { _ in }
    .setting("data.on_broken=skipp"),
  folder("more samples than there are", tells: ["data.train_samples", "found 3", "the 2 samples"]) { _ in }
    .setting("data.train_samples=3"),
  folder("a pipe as an image", tells: ["photos/train/cat/b.png", "is a named pipe"]) {
    mkfifo($0.appending(path: "train/cat/b.png").path, 0o600)
  },
  folder("a circle of links", tells: ["photos/train/cat/", "more than 32 folders inside one another"]) {
    try FileManager.default.createSymbolicLink(
      at: $0.appending(path: "train/cat/again"), withDestinationURL: $0.appending(path: "train/cat"))
  },
]

/// What is wrong with a set of images to be drawn, by a program without mpirun.
let drawnFolders: [Mistake] = [
  Mistake("a folder to draw in that exists", ["draw-images", "photos"], tells: ["photos", "exists"]) {
    try FileManager.default.createDirectory(
      at: $0.appending(path: "photos"), withIntermediateDirectories: false)
  },
  Mistake(
    "too few images to draw", ["draw-images", "photos", "--train", "9"],
    tells: ["--train", "found 9", "10 to"]),
]

/// A JPEG file that has its end, but not all of its pixels.
let withoutPixels = Array(jpeg().dropLast(60)) + [0xFF, 0xD9]

/// A run on four images of two classes in a directory `photos`, damaged by a body.
private func folder(
  _ description: String, tells: [String], damage: @escaping @Sendable (_ photos: URL) throws -> Void
) -> Mistake {
  Mistake(
    description,
    [
      "train", SmallRun.configuration, "--output", "out", "--set",
      "data={name: image-folder, path: photos, resize: 28}", "--set", "batch={size: 8, microshards: 4}",
      "--max-steps", "1",
    ], tells: tells
  ) { directory in
    let photos = directory.appending(path: "photos")
    for split in ["train", "test"] {
      for name in ["cat", "großer Hund"] { try write(png(), "\(split)/\(name)/a.png", photos) }
    }
    try damage(photos)
  }
}

extension Mistake {
  fileprivate func setting(_ key: String) -> Mistake {
    Mistake(description, arguments + ["--set", key], tells: tells, prepare: prepare)
  }
}

/// Writes a file and the folders that it lies in.
func write(_ bytes: [UInt8], _ path: String, _ directory: URL) throws {
  let file = directory.appending(path: path)
  try FileManager.default.createDirectory(
    at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
  try Data(bytes).write(to: file)
}

private func remove(_ path: String, _ directory: URL) throws {
  try FileManager.default.removeItem(at: directory.appending(path: path))
}

/// A gray PNG file.
func png(width: Int = 28, height: Int = 28) -> [UInt8] {
  let pixels = (0..<width * height).map { UInt8(truncatingIfNeeded: $0 * 7) }
  return (try? ImageEncoding.png(pixels, width: width, height: height, channels: 1)) ?? []
}

/// A colored JPEG file.
func jpeg(width: Int = 28, height: Int = 28) -> [UInt8] {
  let pixels = (0..<3 * width * height).map { UInt8(truncatingIfNeeded: $0 * $0) }
  return (try? ImageEncoding.jpeg(pixels, width: width, height: height, channels: 3)) ?? []
}
