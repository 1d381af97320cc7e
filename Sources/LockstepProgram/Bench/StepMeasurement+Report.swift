import Execution
import Foundation
import NeuralNetworks
import Records
import Reports
import Training

extension StepMeasurement {
  /// What is printed.
  var lines: [String] {
    let batch = configuration.recipe.batch
    func milliseconds(_ seconds: Double) -> String { String(format: "%.2f ms", 1e3 * seconds) }
    var lines = warnings.map { "warning: \($0)" }
    lines += [
      "\(configuration.model.name): \(batch.size) images of \(input) in \(batch.microshards) microshards on "
        + "\(counted(rankCount, "rank")) × \(counted(configuration.machine.threads, "thread")), \(configuration.recipe.precision.rawValue), \(counted(stepCount, "step"))",
      "step: median \(milliseconds(seconds.median)), minimum \(milliseconds(seconds.minimum)), maximum "
        + "\(milliseconds(seconds.maximum)); " + String(format: "%.1f images/s", imagesPerSecond),
    ]
    lines += zip(Self.phaseNames, phaseSeconds).map { "  \($0): \(milliseconds($1))" }
    lines.append("kernels of rank 0:")
    lines += kernels.map { kind, total in
      let name = kind.rawValue.replacing("_", with: " ")
      let work =
        total.operations > 0 ? String(format: ", %.1f GFLOP/s", total.operations / total.seconds / 1e9) : ""
      return "  \(name): \(milliseconds(total.seconds))" + work
        + String(format: ", %.1f GB/s", total.bytes / total.seconds / 1e9)
    }
    lines.append(
      "allocations in a step: \(allocationCount.map(String.init) ?? "not counted; lockstep-allocations counts them")"
    )
    lines.append("peak memory: \(peakByteCount.map(Summary.bytes) ?? "not reported by this system")")
    return lines
  }

  /// The members of the JSON object.
  var members: [(key: String, value: JSON)] {
    let batch = configuration.recipe.batch
    return [
      ("model", .text(configuration.model.name)),
      ("input", .list(input.dimensions.map(JSON.integer))), ("parameters", .integer(parameterCount)),
      ("batch", .integer(batch.size)), ("microshards", .integer(batch.microshards)),
      ("ranks", .integer(rankCount)), ("threads", .integer(configuration.machine.threads)),
      ("precision", .text(configuration.recipe.precision.rawValue)), ("steps", .integer(stepCount)),
      ("seconds_median", .number(seconds.median)), ("seconds_minimum", .number(seconds.minimum)),
      ("seconds_maximum", .number(seconds.maximum)), ("images_per_second", .number(imagesPerSecond)),
      (
        "seconds_by_phase",
        .object(zip(Self.phaseNames, phaseSeconds).map { ($0, .number($1)) })
      ),
      (
        "kernels",
        .object(
          kernels.map { kind, total in
            (
              kind.rawValue,
              .object([
                ("seconds", .number(total.seconds)),
                ("gflop_per_second", .number(total.operations / total.seconds / 1e9)),
                ("gbyte_per_second", .number(total.bytes / total.seconds / 1e9)),
              ])
            )
          })
      ),
      ("allocations_per_step", allocationCount.map(JSON.integer) ?? .null),
      ("peak_memory_bytes", peakByteCount.map(JSON.integer) ?? .null),
      ("instruction_set", .text(KernelLibrary.instructionSet)),
    ]
  }
}
