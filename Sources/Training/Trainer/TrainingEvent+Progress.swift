public import Execution

extension TrainingEvent {
  /// Something beside steps that takes a while, and how far it has come.
  public struct Work: Hashable, Sendable {
    /// What is done.
    public enum Activity: Hashable, Sendable {
      /// The samples of a split are evaluated.
      case evaluating(split: String)
      /// The replicas are compared, the state is copied, and the checkpoint before is waited for.
      case checkpointing
      /// The weights are gathered for the digest, and the last checkpoint is waited for.
      case ending
    }

    /// What is done.
    public var activity: Activity
    /// How many samples are done, and of how many; both 0 where there is nothing to count.
    public var done = 0, total = 0

    /// Describes some work.
    public init(_ activity: Activity, done: Int = 0, total: Int = 0) {
      (self.activity, self.done, self.total) = (activity, done, total)
    }
  }

  /// Where the time of some steps went on each rank.
  public struct RankSeconds: Hashable, Sendable {
    /// Of one rank, the seconds of all those steps.
    public struct Rank: Hashable, Sendable {
      /// The whole steps.
      public var total: Double
      /// The phases but the update.
      public var phases: BatchSeconds
      /// The update.
      public var update: Double

      /// The times of one step, or of several added up.
      public init(total: Double = 0, phases: BatchSeconds = BatchSeconds(), update: Double = 0) {
        (self.total, self.phases, self.update) = (total, phases, update)
      }

      /// What the rank did not spend on sums, which is waiting for the most part.
      public var busy: Double { total - phases.reduction }
    }

    /// How many steps they are.
    public var steps: Int
    /// By rank.
    public var ranks: [Rank]

    /// Makes the times of some steps.
    public init(steps: Int, ranks: [Rank]) { (self.steps, self.ranks) = (steps, ranks) }

    /// The rank that the others wait for: the one that is busy for the longest time.
    public var slowest: Int {
      ranks.indices.max { ranks[$0].busy < ranks[$1].busy } ?? 0
    }

    /// The times of further steps on the same ranks, added.
    public static func += (sum: inout RankSeconds, other: RankSeconds) {
      sum.steps += other.steps
      for (index, rank) in other.ranks.enumerated() where sum.ranks.indices.contains(index) {
        sum.ranks[index] += rank
      }
    }
  }
}

extension TrainingEvent.RankSeconds.Rank {
  /// Adds the times of further steps.
  public static func += (sum: inout Self, other: Self) {
    sum.total += other.total
    sum.update += other.update
    sum.phases.data += other.phases.data
    sum.phases.forward += other.phases.forward
    sum.phases.backward += other.phases.backward
    sum.phases.reduction += other.phases.reduction
  }
}
