import ArgumentParser
import DataParallel
import Foundation
import MPI
import Mistakes
import Reports

/// The whole command line as a library: a program of one's own adds models, data sets and update rules by name, and has every
/// command.
///
/// ```swift
/// LockstepProgram().main()
/// ```
public struct LockstepProgram: Sendable {
  /// What configurations may name.
  public var registry: Registry

  /// What counts the allocations of `bench step`; nil for nobody.
  public var allocationCounter: AllocationCounter?

  /// Makes the program that comes with Lockstep.
  public init(registry: Registry = .standard, allocationCounter: AllocationCounter? = nil) {
    self.registry = registry
    self.allocationCounter = allocationCounter
  }

  /// Runs the command line of the process, and ends the process with its status: 0 after all is done, 2 after a mistake of the
  /// user, told in one line, 1 after anything else.
  public func main() -> Never {
    StandardStream.makeFailuresErrors()
    // Looked at now: MPI changes the variables that tell of it.
    _ = Terminal.ofProcess
    Registry.$current.withValue(registry) {
      AllocationCounter.$current.withValue(allocationCounter) { Self.run() }
    }
    exit(ExitStatus.done)
  }

  private static func run() {
    var command: any ParsableCommand
    do {
      command = try LockstepCommand.parseAsRoot()
    } catch {
      end(parsing: error)
    }
    do {
      try command.run()
    } catch let error as any UserError {
      MessageOnce.end(mistake: error.description)
    } catch  where LockstepCommand.exitCode(for: error) == ExitCode.success {
      // The parser makes a command of a request for help, which throws the text.
      end(parsing: error)
    } catch {
      end(failure: error)
    }
  }

  /// Ends after something failed that all ranks come upon; without a word if the reader of the output has gone.
  private static func end(failure: any Error) -> Never {
    if let error = failure as? StandardStreamError, error.isClosedPipe {
      exit(StandardStreamError.closedPipeStatus)
    }
    MessageOnce.write("\(failure)")
    exit(ExitStatus.failure)
  }

  /// Ends after help was asked for, or with the parser's message, which every rank comes upon.
  private static func end(parsing error: any Error) -> Never {
    if LockstepCommand.exitCode(for: error) == ExitCode.success {
      do {
        if MessageOnce.isFirstRank {
          try StandardStream.output.write(LockstepCommand.fullMessage(for: error))
        }
      } catch {
        end(failure: error)
      }
      exit(ExitStatus.done)
    }
    MessageOnce.end(mistake: LockstepCommand.message(for: error) + "; see lockstep --help")
  }
}

/// The commands.
struct LockstepCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "lockstep",
    abstract:
      "A data-parallel trainer for CPU clusters: the number of ranks changes the speed, never the result.",
    version: LockstepProgram.version,
    subcommands: [
      TrainCommand.self, EvaluateCommand.self, PredictCommand.self, ExportCommand.self, SummaryCommand.self,
      AuditCommand.self, CompareCommand.self, DigestCommand.self, ReportCommand.self, CurvatureCommand.self,
      MinimizeCommand.self,
      BenchCommand.self, ScalingCommand.self, SweepCommand.self, ProveCommand.self, DoctorCommand.self,
      LaunchCommand.self,
      DrawImagesCommand.self,
    ])
}
