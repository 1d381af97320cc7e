import Execution
import Reports
import Testing
import Training

/// What a run tells on the console.
@Suite struct ConsoleObserverTests {
  /// The lines that events become, by stream.
  private func lines(
    _ events: [TrainingEvent], logEverySteps: Int = 50, style: Console.Style = .plain
  ) throws -> (output: [String], errors: [String]) {
    let written = Written()
    let observer = ConsoleObserver(
      outputPath: "runs/x", metricsPath: "runs/x/metrics.jsonl", logEverySteps: logEverySteps,
      console: Console(style, write: written.write))
    for event in events { try observer.observe(event) }
    return (written.lines(.output), written.lines(.errors))
  }

  @Test("a run on several ranks tells how sums travel and what they cost")
  func twoRanks() throws {
    let events = try SampleEvents()
    let (output, errors) = try lines([.started(events.start), .ended(events.end)])
    #expect(
      output == [
        "lenet on glyphs: 44878 parameters, 12000 training and 2000 test samples of 1×28×28",
        "2 ranks × 3 threads, global batch 256 in 8 microshards, batch norm statistics: global",
        "all-reduce: shared memory, overlapped with compute, 1 MiB buckets",
        "output directory: runs/x",
        "exposed communication: 2.3 % of step time",
        "digest 0123abcd",
        "done in 21.2 s: runs/x/metrics.jsonl, runs/x/checkpoints/step-00000094.safetensors",
      ])
    #expect(errors.isEmpty)
  }

  @Test("a run on one rank tells nothing of sums; one is no plural")
  func oneRank() throws {
    var events = try SampleEvents()
    (events.start.ranks, events.start.threads, events.start.batch.microshards) = (1, 1, 1)
    (events.end.ranks, events.end.checkpointPath) = (1, nil)
    #expect(
      try lines([.started(events.start), .ended(events.end)]).output == [
        "lenet on glyphs: 44878 parameters, 12000 training and 2000 test samples of 1×28×28",
        "1 rank × 1 thread, global batch 256 in 1 microshard, batch norm statistics: global",
        "output directory: runs/x",
        "digest 0123abcd",
        "done in 21.2 s: runs/x/metrics.jsonl",
      ])
  }

  @Test("progress comes every so many steps and at the end of an epoch, over the steps since the last line")
  func progress() throws {
    let step = try SampleEvents().step
    let steps = (1...5).map { number in
      var step = step
      (step.stepOfEpoch, step.stepsPerEpoch, step.isLastOfEpoch) = (number, 5, number == 5)
      step.metrics.lossSum = Double(number) * 256
      step.metrics.correct = number > 4 ? 256 : 128
      return TrainingEvent.step(step)
    }
    #expect(
      try lines(steps, logEverySteps: 2).output == [
        "epoch 2  step 2/5  loss 1.5000  accuracy 0.5000  learning rate 0.05  512 images/s",
        "epoch 2  step 4/5  loss 3.5000  accuracy 0.5000  learning rate 0.05  512 images/s",
        "epoch 2  step 5/5  loss 5.0000  accuracy 1.0000  learning rate 0.05  512 images/s",
      ])
    #expect(try lines(steps, logEverySteps: 50).output.count == 1)
    #expect(try lines(steps, logEverySteps: 1).output.count == 5)
  }

  @Test("the times of the slowest rank stand beside the coordinator's")
  func slowest() throws {
    var step = try SampleEvents().step
    step.rankSeconds = TrainingEvent.RankSeconds(
      steps: 4, ranks: [.init(total: 4, phases: .waiting(2.8)), .init(total: 4, phases: .waiting(0.12))])
    step.isLastOfEpoch = true
    #expect(
      try lines([.step(step)]).output[0].hasSuffix(
        " 512 images/s  computing 300 ms a step (slowest: rank 1, 970 ms)"))
    var events = try SampleEvents()
    events.start.hosts = ["node1", "node2"]
    let told = try lines([.started(events.start), .step(step), .epoch(events.epoch)]).output
    #expect(
      told.last == "rank 0 waits for rank 1 on node2: it computes 970 ms a step, rank 0 300 ms")
    step.rankSeconds?.ranks.reverse()
    let first = try lines([.step(step), .epoch(events.epoch)]).output
    #expect(first[0].hasSuffix("computing 970 ms a step (slowest)"))
    #expect(first.last == "rank 1 waits for rank 0: it computes 970 ms a step, rank 1 300 ms")
    step.rankSeconds?.ranks[1].phases.reduction = 0.15
    #expect(try lines([.step(step), .epoch(events.epoch)]).output.count == 2)
  }

  @Test("a line of progress comes after some seconds, too")
  func longSteps() throws {
    var step = try SampleEvents().step
    step.seconds = 7
    #expect(
      try lines([.step(step), .step(step), .step(step), .step(step)], logEverySteps: 50).output.count == 1)
  }

  @Test("on a terminal lines fit, and the changing one takes the place of lines of progress")
  func terminal() throws {
    let events = try SampleEvents()
    for columns in [40, 80, 120] {
      let output = try lines(events.all, logEverySteps: 1, style: .terminal(columns: columns)).output
      #expect(output.allSatisfy { $0.count <= columns || !$0.drop { $0 == " " }.contains(" ") }, "\(output)")
      #expect(!output.contains { $0.contains("images/s") })
      #expect(output.joined().contains("epoch 2  train: loss 1.0000"))
    }
  }

  @Test("a quiet console tells warnings only")
  func quiet() throws {
    let (output, errors) = try lines(SampleEvents().all, style: .quiet)
    #expect(output.isEmpty && errors.count == 1)
  }

  @Test("an epoch is one line, with the test data if there are any")
  func epochs() throws {
    var epoch = try SampleEvents().epoch
    #expect(
      try lines([.epoch(epoch)]).output
        == ["epoch 2  train: loss 1.0000 accuracy 0.7500  test: loss 0.2500 accuracy 0.9500  8.0 s"])
    epoch.test = nil
    #expect(try lines([.epoch(epoch)]).output == ["epoch 2  train: loss 1.0000 accuracy 0.7500  8.0 s"])
  }

  @Test("a stop tells after how many steps and why")
  func stops() throws {
    var stop = try SampleEvents().stop
    #expect(try lines([.stopped(stop)]).output == ["stopped after 60 steps (--max-steps)"])
    stop.step = 1
    #expect(try lines([.stopped(stop)]).output == ["stopped after 1 step (--max-steps)"])
  }

  @Test("warnings go to standard error; evaluations and checkpoints are told by other lines")
  func others() throws {
    let events = try SampleEvents()
    let (output, errors) = try lines([
      .warned(events.warning), .evaluated(events.evaluation), .checkpointed(events.file),
    ])
    #expect(output.isEmpty)
    #expect(errors == ["lockstep: warning: step 3: the loss is nan; the learning rate may be too large"])
  }
}

extension BatchSeconds {
  /// Times of which only the sums are known.
  fileprivate static func waiting(_ seconds: Double) -> Self {
    var times = BatchSeconds()
    times.reduction = seconds
    return times
  }
}
