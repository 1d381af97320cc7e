import Foundation

/// Mistakes in configurations of minimizations, and in their data.
let minimizations: [Mistake] = [
  Mistake("a missing configuration", ["minimize", "none.yaml"], tells: ["none.yaml", "no such file"]),
  minimization("a misspelled key", "stepts=3", tells: ["stepts", "\"steps\""]),
  minimization("a method that is none", "method.name=newtn", tells: ["method.name", "newtn", "\"newton\""]),
  minimization(
    "a rate that is no number", "method.learning_rate=fast", tells: ["method.learning_rate", "fast"]),
  minimization(
    "a start of too many numbers", "start=[1, 2]", tells: ["c.yaml: start", "2 numbers", "1 variable"]),
  minimization(
    "an empty box", "method={name: projected_gradient}", "constraints=[{name: box, lower: 2, upper: 1}]",
    tells: ["constraints[0]", "box is empty", "2.0", "1.0"]),
  minimization(
    "a normal of too many numbers", "method={name: penalty}",
    "constraints=[{name: half_space, normal: [1, 2], bound: 1}]",
    tells: ["constraints[0].normal", "2 numbers", "1 variable"]),
  minimizationOfTable("no table", "data.path=none.csv", tells: ["none.csv", "No such file"]),
  minimizationOfTable(
    "more rows than there are", "data.rows=4", tells: ["table.csv", "data.rows", "4", "3 rows"]),
  minimizationOfTable(
    "no such column", "data.target=4", tells: ["table.csv", "data.target", "4", "3 columns"]),
  minimizationOfTable("no such name", "data.target=z", tells: ["table.csv", "data.target", "z", "a, b, c"]),
  minimizationOfTable(
    "too few factors", "data.scale_columns=[2]",
    tells: ["table.csv", "data.scale_columns", "1", "2 features"]),
  minimizationOfTable(
    "a batch of more samples than there are", "method={name: sgd, learning_rate: 1, batch: 4}",
    tells: ["method.batch", "4", "3 samples"]),
  minimizationOfTable(
    "a target that is no class", "objective.name=logistic_regression",
    tells: ["table.csv", "row 1", "3.0", "0 to 1"]),
  minimizationOfTable("an empty table", table: "", tells: ["table.csv", "no rows"]),
  minimizationOfTable("a header without rows", table: "a,b,c\n", tells: ["table.csv", "no rows"]),
  minimizationOfTable(
    "a ragged row", table: "1,2,3\r\n4,5\r\n", tells: ["table.csv: row 2", "2 columns", "3"]),
  minimizationOfTable(
    "a cell that is no number", table: "1,2,3\n4,x,6\n", tells: ["table.csv: row 2, column 2", "'x'"]),
  minimizationOfTable(
    "a constant column", "data.standardize=all", table: "1,2,3\n1,5,6\n",
    tells: ["table.csv: column 1", "1.0"]),
  minimizationOfTable(
    "factors that overflow", "data.scale_columns=[1.0e+308, 1]",
    tells: ["table.csv", "data.scale_columns", "feature 1 of sample 2"]),
  minimization(
    "no rounds", "method={name: penalty}", "constraints=[{name: ball, radius: 1}]", "steps=0",
    tells: ["steps", "0", "at least 1"]),
  minimization("another run's picture", tells: ["out", "path.svg", "--overwrite"]) { directory in
    let output = directory.appending(path: "out")
    try FileManager.default.createDirectory(at: output, withIntermediateDirectories: false)
    try Data("<svg/>".utf8).write(to: output.appending(path: "path.svg"))
  },
  minimization("another run", tells: ["out", "trajectory.jsonl", "--overwrite"]) { directory in
    let output = directory.appending(path: "out")
    try FileManager.default.createDirectory(at: output, withIntermediateDirectories: false)
    try Data("{}\n".utf8).write(to: output.appending(path: "trajectory.jsonl"))
  },
]

/// A mistake in the minimization of x².
private func minimization(
  _ description: String, _ changes: String..., tells: [String],
  prepare: @escaping @Sendable (_ directory: URL) throws -> Void = { _ in }
) -> Mistake {
  Mistake(
    description, ["minimize", "c.yaml", "--output", "out"] + changes.flatMap { ["--set", $0] }, tells: tells
  ) { directory in
    try Data("objective: {name: square}\nmethod: {name: newton}\nstart: [1]\n".utf8)
      .write(to: directory.appending(path: "c.yaml"))
    try prepare(directory)
  }
}

/// A mistake in a linear regression on a small table.
func minimizationOfTable(
  _ description: String, _ changes: String..., table: String = "a,b,c\n1,2,3\n4,5,6\n7,8,10\n",
  tells: [String]
) -> Mistake {
  Mistake(
    description, ["minimize", "c.yaml", "--output", "out"] + changes.flatMap { ["--set", $0] }, tells: tells
  ) { directory in
    let text = """
      objective: {name: linear_regression}
      data: {path: table.csv, microshards: 3}
      method: {name: gradient_descent, learning_rate: 0.01}
      """
    try Data(text.utf8).write(to: directory.appending(path: "c.yaml"))
    try Data(table.utf8).write(to: directory.appending(path: "table.csv"))
  }
}
