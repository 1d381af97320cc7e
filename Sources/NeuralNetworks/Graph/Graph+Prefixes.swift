/// Parts of a model by the beginnings of their dotted paths.
///
/// `layer4` stands for `layer4.0.conv1.weight` and all else below it, but not for `layer40.weight`; a whole path stands for
/// itself.
extension Graph {
  /// Whether a dotted path is a prefix itself, or lies below it.
  public static func isPath(_ path: String, under prefix: String) -> Bool {
    path == prefix || path.hasPrefix(prefix + ".")
  }

  /// The parameters whose paths lie under any of the prefixes.
  public func parameters(under prefixes: [String]) -> Set<ParameterID> {
    Set(
      parameters.indices.filter { index in
        prefixes.contains { Self.isPath(parameters[index].path, under: $0) }
      })
  }

  /// All prefixes that stand for parameters, in the order of the model: `layer1`, `layer1.0`, …, whole paths included.
  public var parameterPrefixes: [String] {
    var prefixes: [String] = []
    var seen = Set<String>()
    for parameter in parameters {
      var prefix = ""
      for part in parameter.path.split(separator: ".") {
        prefix += (prefix.isEmpty ? "" : ".") + part
        if seen.insert(prefix).inserted { prefixes.append(prefix) }
      }
    }
    return prefixes
  }
}
