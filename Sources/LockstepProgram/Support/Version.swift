extension LockstepProgram {
  /// The version of Lockstep, by semantic versioning; manifests hold it.
  public static let version = "0.2.0"
}
