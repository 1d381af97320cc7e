import Execution
import Reports
import Testing
import Training

/// What a run tells on the console.
@Suite struct ConsoleObserverTests {
  /// The lines that events become, by stream.
  private func lines(
    _ events: [TrainingEvent], logEverySteps: Int = 50
  ) throws -> (output: [String], errors: [String]) {
    var lines: (output: [String], errors: [String]) = ([], [])
    let console = ConsoleObserver(
      outputPath: "runs/x", metricsPath: "runs/x/metrics.jsonl", logEverySteps: logEverySteps
    ) { stream, line in
      switch stream {
      case .output: lines.output.append(line)
      case .errors: lines.errors.append(line)
      }
    }
    for event in events { try console.observe(event) }
    return lines
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
