/// The version of Lockstep, by semantic versioning.
public let version = "0.2.0"
