import Foundation
import Mistakes

/// Decodes images by threads of its own before they are asked for.
///
/// Two batches are known at a time: the one whose samples are being taken and the one to come. What was prepared and not taken
/// is forgotten after that. Samples that nobody has prepared, or whose turn did not come, are decoded by whoever takes them: so a
/// step that is faster than the loader threads helps them.
final class ImageLoader: Sendable {
  private let queue: LoadingQueue

  /// Starts threads, which end with the loader.
  init(_ reader: ImageReader, threads: Int) {
    require(threads >= 0, "\(threads) loader threads asked for")
    let queue = LoadingQueue(reader)
    self.queue = queue
    for number in 0..<threads {
      let thread = Thread { queue.work() }
      thread.name = "loader \(number)"
      thread.start()
    }
  }

  deinit {
    queue.end()
  }

  /// Says which samples will be taken soon; the threads decode them in this order.
  func prepare(_ samples: [ImageRequest]) { queue.prepare(samples) }

  /// The planes of a sample: black if its file cannot be read.
  func take(_ sample: ImageRequest) -> [UInt8] { queue.take(sample) }

  /// What was wrong with the first file that was taken and could not be read.
  var failure: DatasetError? { queue.failure }
}

/// A sample as it is read: all of its image, or a part that is drawn anew in each epoch.
struct ImageRequest: Hashable, Sendable {
  /// The sample.
  let sample: Int
  /// The part that is resized; nil for the image as it is fitted.
  var window: PixelBox?
}

/// What the threads of a loader share with those who take samples.
private final class LoadingQueue: @unchecked Sendable {
  private let reader: ImageReader
  /// Guards all that follows; signalled when there is something to decode, or a sample is ready.
  private let condition = NSCondition()
  private var states: [ImageRequest: State] = [:]
  /// The samples that wait, the next one last.
  private var waiting: [ImageRequest] = []
  /// Which call of `prepare` is the latest.
  private var generation = 0
  private var isEnding = false
  private var firstFailure: DatasetError?

  private enum Progress {
    case waiting, decoding
    case ready(Result<[UInt8], DatasetError>)
  }

  private struct State {
    var progress: Progress
    var generation: Int
  }

  init(_ reader: ImageReader) {
    self.reader = reader
  }

  var failure: DatasetError? {
    condition.lock()
    defer { condition.unlock() }
    return firstFailure
  }

  func prepare(_ samples: [ImageRequest]) {
    condition.lock()
    defer { condition.unlock() }
    generation += 1
    for (sample, state) in states where state.generation < generation - 1 {
      // One that is being decoded is forgotten when it is ready.
      if case .decoding = state.progress { continue }
      states[sample] = nil
    }
    for sample in samples {
      if states[sample] == nil { states[sample] = State(progress: .waiting, generation: generation) }
      states[sample]?.generation = generation
    }
    var isListed = Set<ImageRequest>()
    let kept = waiting.reversed().filter { isWaiting($0) && isListed.insert($0).inserted }
    waiting = (kept + samples.filter { isWaiting($0) && isListed.insert($0).inserted }).reversed()
    condition.broadcast()
  }

  private func isWaiting(_ sample: ImageRequest) -> Bool {
    if case .waiting? = states[sample]?.progress { true } else { false }
  }

  func take(_ sample: ImageRequest) -> [UInt8] {
    condition.lock()
    while case .decoding? = states[sample]?.progress { condition.wait() }
    let state = states.removeValue(forKey: sample)
    condition.unlock()
    let result: Result<[UInt8], DatasetError> =
      if case .ready(let result)? = state?.progress { result } else { decode(sample) }
    switch result {
    case .success(let planes): return planes
    case .failure(let error):
      condition.lock()
      if firstFailure == nil { firstFailure = error }
      condition.unlock()
      return [UInt8](repeating: 0, count: reader.byteCount)
    }
  }

  /// What each thread does.
  func work() {
    condition.lock()
    while !isEnding {
      guard let sample = waiting.popLast() else {
        condition.wait()
        continue
      }
      guard isWaiting(sample) else { continue }
      states[sample]?.progress = .decoding
      condition.unlock()
      let result = decode(sample)
      condition.lock()
      if let state = states[sample] {
        states[sample] =
          state.generation < generation - 1
          ? nil : State(progress: .ready(result), generation: state.generation)
      }
      condition.broadcast()
    }
    condition.unlock()
  }

  func end() {
    condition.lock()
    isEnding = true
    condition.broadcast()
    condition.unlock()
  }

  private func decode(_ request: ImageRequest) -> Result<[UInt8], DatasetError> {
    var failure: DatasetError?
    let planes = [UInt8](unsafeUninitializedCapacity: reader.byteCount) { planes, count in
      guard let start = planes.baseAddress else { return }
      do throws(DatasetError) {
        try reader.read(request.sample, window: request.window, into: start)
        count = reader.byteCount
      } catch {
        failure = error
      }
    }
    return failure.map { .failure($0) } ?? .success(planes)
  }
}
