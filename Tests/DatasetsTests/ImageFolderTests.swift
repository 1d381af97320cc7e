import Datasets
import Foundation
import Images
import Testing

@Suite("Images in class folders")
struct ImageFolderTests {
  /// Writes files of one color each below a folder; those that end in `.txt` are texts.
  private func write(_ names: [String], below directory: String, side: Int = 4) throws {
    for (index, name) in names.enumerated() {
      let path = "\(directory)/\(name)"
      let folder = URL(fileURLWithPath: path).deletingLastPathComponent()
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
      let pixels = [UInt8](repeating: UInt8(index), count: side * side)
      try writeFile(ImageEncoding.png(pixels, width: side, height: side, channels: 1), to: path)
    }
  }

  private func folder(
    _ directory: String, _ split: DatasetSplit = .train, classes: [String]? = nil, fraction: Double? = nil,
    seed: UInt64 = 0, count: Int? = nil, size: (Int, Int)? = nil, channels: Int = 1, cache: Int = 1 << 30,
    threads: Int = 2
  ) throws -> ImageFolder {
    let files = try ImageFolderFiles(
      ImageFolderFiles.Options(path: directory, testFraction: fraction, seed: seed, classes: classes))
    return try files.samples(
      split, count: count,
      fit: size.map { ImageFit(.size(PixelSize(height: $0.0, width: $0.1))) } ?? ImageFit(),
      channels: channels, cacheByteCount: cache, loaderThreads: threads)
  }

  /// The levels of all samples, by which they are known.
  private func levels(_ images: ImageFolder) -> [Int] {
    (0..<images.count).map { Int((values(of: images, sample: $0)[0] * 255).rounded()) }
  }

  @Test("Classes are sorted by code points, their files as torchvision walks")
  func order() throws {
    try withTemporaryDirectory { directory in
      // What torchvision.datasets.ImageFolder(directory + "/train").samples lists, in its order.
      let sorted = [
        "Zebra/a.png", "a b/1.png", "cat/b.PNG", "cat/z.png", "cat/a/y.png", "cat/a b/c.png", "cat/a/b/x.png",
        "ähnlich/ü ß.png", "日本/1.png",
      ]
      try write(sorted, below: directory + "/train")
      try write(["Zebra/1.png", "cat/2.png"], below: directory + "/val")
      let images = try folder(directory)
      #expect(images.classNames == ["Zebra", "a b", "cat", "ähnlich", "日本"])
      #expect(images.target == .classes(5))
      // "cat", "cat/a", "cat/a b", "cat/a/b": a blank precedes a slash.
      #expect(levels(images) == [0, 1, 2, 3, 4, 5, 6, 7, 8])
      #expect((0..<9).map { images.label(of: $0) } == [0, 1, 2, 2, 2, 2, 2, 3, 4])
      let test = try folder(directory, .test)
      #expect(test.count == 2 && test.label(of: 1) == 2)
    }
  }

  @Test("Classes may be named in another order, and others are left out")
  func namedClasses() throws {
    try withTemporaryDirectory { directory in
      for split in ["train", "test"] {
        try write(["a/0.png", "b/1.png", "c/2.png"], below: "\(directory)/\(split)")
      }
      let images = try folder(directory, classes: ["c", "a"])
      #expect(levels(images) == [2, 0])
      #expect(images.classNames == ["c", "a"] && images.label(of: 0) == 0)
    }
  }

  @Test("A share is drawn by names and seed, whatever the folder is called")
  func share() throws {
    try withTemporaryDirectory { directory in
      let names = (0..<200).map { "\($0 % 3)/\($0).png" }
      try write(names, below: directory + "/one")
      try FileManager.default.copyItem(atPath: directory + "/one", toPath: directory + "/two")
      let train = levels(try folder(directory + "/one", fraction: 0.2))
      let test = levels(try folder(directory + "/one", .test, fraction: 0.2))
      #expect((train + test).sorted() == Array(0..<200))
      #expect((20...60).contains(test.count))
      #expect(try levels(folder(directory + "/two", .test, fraction: 0.2)) == test)
      #expect(try levels(folder(directory + "/one", .test, fraction: 0.2, seed: 1)) != test)
      // A larger share holds the smaller one.
      #expect(try Set(test).isSubset(of: levels(folder(directory + "/one", .test, fraction: 0.4))))
    }
  }

  @Test("The draw is the one of its definition")
  func draw() {
    // Computed in Python from the definition: FNV-1a, then the mixing.
    #expect(ImageFolderFiles.draw("cat/1.jpg", seed: 0) == 0x38E1_2FB8_4F62_6173)
    #expect(ImageFolderFiles.draw("ä b/ü.png", seed: 7) == 0x91F9_F46E_5794_9E1A)
  }

  @Test("A number of samples is of all classes")
  func prefix() throws {
    try withTemporaryDirectory { directory in
      for split in ["train", "test"] {
        try write((0..<60).map { "\($0 / 30)/\(100 + $0).png" }, below: "\(directory)/\(split)")
      }
      let images = try folder(directory, count: 20)
      #expect(images.count == 20)
      #expect(Set((0..<20).map { images.label(of: $0) }) == [0, 1])
      #expect(levels(images) == levels(images).sorted())
    }
  }

  @Test("From files come the bits of memory, asked in any order by any threads", arguments: [0, 1, 3])
  func fromFiles(threads: Int) throws {
    try withTemporaryDirectory { directory in
      for split in ["train", "test"] {
        try write((0..<40).map { "\($0 % 2)/\($0).png" }, below: "\(directory)/\(split)", side: 9)
      }
      func treated(cache: Int) throws -> ImageFolder {
        try folder(directory, size: (6, 7), channels: 3, cache: cache, threads: threads)
          .normalized(by: Normalization(mean: [0.1, 0.2, 0.3], deviation: [1, 2, 3]))
          .augmented(by: Augmentation(cropPadding: 2, flips: true), seed: 5)
      }
      let (held, read) = (try treated(cache: 1 << 20), try treated(cache: 0))
      #expect(held.fingerprint == read.fingerprint && held.description == read.description)
      #expect(held.remarks == [] && read.remarks.count == 1)
      for epoch in 0..<3 {
        let order = (0..<40).map { ($0 * 7 + epoch) % 40 }
        for start in stride(from: 0, to: 40, by: 8) {
          if epoch > 0 { read.prepare(Array(order[start..<start + 8]), epoch: epoch) }
          if start < 32 { read.prepare(Array(order[start + 8..<min(start + 16, 40)]), epoch: epoch) }
          DispatchQueue.concurrentPerform(iterations: 8) { index in
            let sample = order[start + index]
            #expect(
              values(of: read, sample: sample, epoch: epoch) == values(of: held, sample: sample, epoch: epoch)
            )
          }
        }
      }
      #expect(read.failure == nil)
    }
  }

  @Test("Resizing is that of images in memory")
  func resize() throws {
    try withTemporaryDirectory { directory in
      let pixels = (0..<17 * 11).map { UInt8(truncatingIfNeeded: $0 * $0 * 31) }
      let file = try ImageEncoding.png(pixels, width: 11, height: 17, channels: 1)
      for name in ["train/a/1.png", "train/b/2.png", "test/a/3.png", "test/b/4.png"] {
        try write([name], below: directory)
        try writeFile(file, to: "\(directory)/\(name)")
      }
      let expected = ImageDataset(pixels: pixels, labels: [0], channels: 1, height: 17, width: 11, classes: 2)
        .resized(height: 8, width: 20)
      let images = try folder(directory, size: (8, 20))
      #expect(values(of: images, sample: 1) == values(of: expected, sample: 0))
      #expect(images.description == "2 images of 1×8×20, 2 classes, resized from 17×11")
    }
  }

  @Test("Files of several sizes become one by their shorter side and a crop")
  func shorterSide() throws {
    try withTemporaryDirectory { directory in
      let shapes = [(17, 11), (11, 17), (9, 9)]
      for (index, (height, width)) in shapes.enumerated() {
        let pixels = (0..<height * width).map { UInt8(truncatingIfNeeded: $0 * $0 * 31 + index) }
        let file = try ImageEncoding.png(pixels, width: width, height: height, channels: 1)
        for split in ["train", "test"] {
          try write(["a/\(index).png", "b/\(index).png"], below: "\(directory)/\(split)")
          try writeFile(file, to: "\(directory)/\(split)/a/\(index).png")
          try writeFile(file, to: "\(directory)/\(split)/b/\(index).png")
        }
      }
      let files = try ImageFolderFiles(ImageFolderFiles.Options(path: directory))
      let fit = ImageFit(.shorterSide(8), centerCrop: PixelSize(height: 8, width: 6))
      for cache in [0, 1 << 20] {
        let images = try files.samples(
          .train, fit: fit, channels: 1, cacheByteCount: cache, loaderThreads: 1)
        for (index, (height, width)) in shapes.enumerated() {
          let pixels = (0..<height * width).map { UInt8(truncatingIfNeeded: $0 * $0 * 31 + index) }
          let expected = ImageDataset(
            pixels: pixels, labels: [0], channels: 1, height: height, width: width, classes: 2
          ).fitted(by: fit)
          #expect(values(of: images, sample: index) == values(of: expected, sample: 0))
        }
      }
      func message(_ fit: ImageFit) -> String? {
        #expect(throws: DatasetError.self) {
          try files.samples(.train, fit: fit, channels: 1, cacheByteCount: 0, loaderThreads: 0)
        }?.description
      }
      #expect(
        message(ImageFit(.shorterSide(8)))?.contains(
          "train/a/1.png: becomes 8×12 by data.resize.shorter_side, but a/0.png 12×8; set data.center_crop")
          == true)
      #expect(
        message(ImageFit(centerCrop: PixelSize(height: 10, width: 9)))?.contains(
          "train/a/2.png: is 9×9 pixels, too small for data.center_crop") == true)
    }
  }

  @Test("A very long image is not resized by its shorter side")
  func longImage() throws {
    try withTemporaryDirectory { directory in
      for split in ["train", "test"] { try write(["a/0.png", "b/1.png"], below: "\(directory)/\(split)") }
      let line = [UInt8](repeating: 1, count: 1_000_000)
      try writeFile(
        ImageEncoding.png(line, width: line.count, height: 1, channels: 1), to: directory + "/train/b/1.png")
      let fit = ImageFit(.shorterSide(256), centerCrop: PixelSize(height: 9, width: 9))
      let files = try ImageFolderFiles(ImageFolderFiles.Options(path: directory))
      let error = #expect(throws: DatasetError.self) {
        try files.samples(.train, fit: fit, channels: 1, cacheByteCount: 0, loaderThreads: 0)
      }
      try expectOneLine(
        error, naming: "train/b/1.png", "1×1000000 pixels, too long for data.resize.shorter_side")
    }
  }

  @Test("Parts that each epoch takes are those of images in memory, by any threads", arguments: [0, 2])
  func parts(threads: Int) throws {
    try withTemporaryDirectory { directory in
      var (pixels, labels): ([UInt8], [Int32]) = ([], [])
      for index in 0..<12 {
        let image = (0..<20 * 14).map { UInt8(truncatingIfNeeded: $0 * (index + 3) + $0 * $0) }
        pixels += image
        labels.append(Int32(index / 6))
        for split in ["train", "test"] {
          let name = "\(split)/\(index / 6)/\(10 + index).png"
          try write([name], below: directory)
          try writeFile(
            ImageEncoding.png(image, width: 14, height: 20, channels: 1), to: "\(directory)/\(name)")
        }
      }
      let augmentation = Augmentation(flips: true, resizedCrop: RandomResizedCrop(share: 0.1...0.8))
      let fit = ImageFit(.size(PixelSize(height: 9, width: 8)))
      let images = try ImageFolderFiles(ImageFolderFiles.Options(path: directory)).samples(
        .train, fit: fit, channels: 1, cacheByteCount: 1 << 20, loaderThreads: threads, takesParts: true
      ).augmented(by: augmentation, seed: 2)
      let expected = ImageDataset(
        pixels: pixels, labels: labels, channels: 1, height: 20, width: 14, classes: 2
      ).fitted(by: fit).augmented(by: augmentation, seed: 2)
      #expect(images.remarks.first?.contains("data.augment.resized_crop") == true)
      for epoch in 0..<3 {
        images.prepare(Array(0..<12), epoch: epoch)
        if epoch < 2 { images.prepare(Array(0..<12), epoch: epoch + 1) }
        for sample in 0..<12 {
          #expect(
            values(of: images, sample: sample, epoch: epoch)
              == values(of: expected, sample: sample, epoch: epoch))
        }
      }
      #expect(values(of: images, sample: 0, epoch: 0) != values(of: images, sample: 0, epoch: 1))
    }
  }

  @Test("A file that has changed is told, and black is written")
  func changed() throws {
    try withTemporaryDirectory { directory in
      for split in ["train", "test"] { try write(["a/0.png", "b/1.png"], below: "\(directory)/\(split)") }
      let images = try folder(directory, cache: 0)
      try FileManager.default.removeItem(atPath: directory + "/train/b/1.png")
      #expect(levels(images) == [0, 0])
      let failure = try #require(images.failure as? DatasetError)
      try expectOneLine(failure, naming: "\(directory)/train/b/1.png", "No such file")
    }
  }

  @Test("The fingerprint sees names, classes and bytes")
  func fingerprint() throws {
    try withTemporaryDirectory { directory in
      func fingerprint(_ names: [String], _ folderName: String) throws -> UInt64 {
        try write(names, below: "\(directory)/\(folderName)/train")
        try write(["a/0.png"], below: "\(directory)/\(folderName)/test")
        return try folder("\(directory)/\(folderName)").fingerprint
      }
      let first = try fingerprint(["a/0.png", "b/1.png"], "one")
      #expect(try fingerprint(["a/0.png", "b/1.png"], "two") == first)
      #expect(try fingerprint(["a/0.png", "b/2.png"], "three") != first)
      #expect(try fingerprint(["a/0.png", "c/1.png"], "four") != first)
      try writeFile(
        ImageEncoding.png([UInt8](repeating: 9, count: 16), width: 4, height: 4, channels: 1),
        to: "\(directory)/two/train/b/1.png")
      #expect(try folder("\(directory)/two").fingerprint != first)
    }
  }
}
