/// Newton's method with backtracking that goes down the gradient where the Hessian is zero.
///
/// A linear objective with constraints has such a Hessian wherever no constraint is violated.
struct SafeguardedNewton: DescentMethod {
  func step(
    _ number: Int, from x: [Double], evaluated: Iterate, objective: any Objective
  ) throws -> Step {
    do {
      return try Newton(.backtracking()).step(number, from: x, evaluated: evaluated, objective: objective)
    } catch LinearAlgebraError.singular {
      return try GradientDescent(.backtracking()).step(
        number, from: x, evaluated: evaluated, objective: objective)
    }
  }
}
