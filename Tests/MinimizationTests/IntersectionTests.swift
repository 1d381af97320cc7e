import Minimization
import Testing

@Suite("Intersections")
struct IntersectionTests {
  @Test("A plane and an orthant make a simplex")
  func simplex() throws {
    let plane = try AffineSubspace(
      matrix: DenseMatrix(rows: [[1, 1, 1, 1, 1, 1]]), rightHandSide: [1])
    let orthant = try Box(
      lower: [Double](repeating: 0, count: 6), upper: [Double](repeating: .infinity, count: 6))
    let simplex = try Simplex(dimension: 6)
    let intersections = try [Intersection([plane, orthant]), Intersection([orthant, plane])]
    var probe = Probe(3)
    for deviation in [0.1, 1, 30] {
      for _ in 0..<10 {
        let x = probe.vector(6, deviation: deviation)
        for intersection in intersections {
          #expect(separation(try intersection.project(x), simplex.project(x)) < 1e-11 * (1 + deviation))
        }
      }
    }
  }

  @Test("The nearest common point, not just any: a half disc and a wedge")
  func closedForms() throws {
    let halfDisc = try Intersection([
      Ball(center: [0, 0], radius: 1), HalfSpace(normal: [0, 1], bound: 0),
    ])
    #expect(separation(try halfDisc.project([2, 1]), [1, 0]) < 1e-6)
    #expect(separation(try halfDisc.project([0.25, 3]), [0.25, 0]) < 1e-12)
    // Below the diameter the disc alone decides.
    #expect(separation(try halfDisc.project([3, -4]), [0.6, -0.8]) < 1e-12)
    // Points above the bisector of the normals project on the corner.
    let wedge = try Intersection([
      HalfSpace(normal: [0, 1], bound: 0), HalfSpace(normal: [1, 1], bound: 0),
    ])
    #expect(separation(try wedge.project([1, 5]), [0, 0]) < 1e-11)
    #expect(separation(try wedge.project([3, 1]), [1, -1]) < 1e-11)
    #expect(separation(try wedge.project([-3, 2]), [-3, 0]) < 1e-11)
  }

  @Test("Dykstra's algorithm rests for many cycles before it moves on, and still arrives")
  func stalls() throws {
    // From far outside, the corrections of the box must first be worn down.
    let sets: [any ConvexSet] = try [
      Box(lower: [0, 0], upper: [1, 1]), HalfSpace(normal: [1, 10], bound: 1),
    ]
    let nearest = try Intersection(sets, cycleLimit: 200_000).project([-50, 100])
    #expect(separation(nearest, [0, 0.1]) < 1e-9)
  }

  @Test("Sets without a common point are named")
  func infeasible() throws {
    let ball = try Ball(center: [0, 0], radius: 1)
    let far = 1e6
    let cases: [([any ConvexSet], gap: Double)] = try [
      ([ball, HalfSpace(normal: [-1, -1], bound: -4)], 8.squareRoot() - 1),
      ([ball, Ball(center: [3, 0], radius: 1)], 1),
      ([HalfSpace(normal: [1, 0], bound: 0), HalfSpace(normal: [-1, 0], bound: -1e-6)], 1e-6),
      ([Simplex(dimension: 2), HalfSpace(normal: [-1, -1], bound: -1.5)], 0.5 / 2.squareRoot()),
      ([ball, Ball(center: [far, far], radius: 1)], (2 * far * far).squareRoot() - 2),
      (
        [
          AffineSubspace(matrix: DenseMatrix(rows: [[1, 1]]), rightHandSide: [1]),
          AffineSubspace(matrix: DenseMatrix(rows: [[1, 1]]), rightHandSide: [2]),
        ], 1 / 2.squareRoot()
      ),
    ]
    for (sets, gap) in cases {
      let error = #expect(throws: ConstraintError.self) { try Intersection(sets) }
      guard case .infeasible(let found) = try #require(error) else {
        Issue.record("\(String(describing: error))")
        continue
      }
      #expect(abs(found - gap) <= 1e-6 * gap)
      #expect(try #require(error).description.hasPrefix("infeasible: the sets have no common point"))
    }
  }

  @Test("Any two of three sets may meet while all three do not")
  func threeSets() throws {
    let sets: [any ConvexSet] = try [
      HalfSpace(normal: [0, -1], bound: -1), HalfSpace(normal: [-1, 1], bound: 0),
      HalfSpace(normal: [1, 1], bound: 0),
    ]
    for left in 0..<3 { _ = try Intersection([sets[left], sets[(left + 1) % 3]]) }
    let error = #expect(throws: ConstraintError.self) { try Intersection(sets) }
    #expect(try #require(error).description.hasPrefix("infeasible"))
  }

  @Test("Sets that only touch, or hardly overlap, are not called infeasible")
  func touching() throws {
    let ball = try Ball(center: [0, 0], radius: 1)
    _ = try Intersection([ball, HalfSpace(normal: [-1, 0], bound: -1)], cycleLimit: 1000)
    _ = try Intersection([ball, HalfSpace(normal: [-1, -1], bound: -1.4142)])
    let thin = try Intersection([
      HalfSpace(normal: [1, 1e-3], bound: 0), HalfSpace(normal: [-1, 1e-3], bound: 0),
    ])
    #expect(try thin.contains([0, -1]))
    // A thin wedge whose point is a thousand away from where the search begins.
    let far = try Intersection([
      HalfSpace(normal: [1, 1e-3], bound: -1), HalfSpace(normal: [-1, 1e-3], bound: -1),
    ])
    #expect(try far.contains([0, -1001]))
  }

  @Test("A projection that takes too long says so")
  func cycleLimit() throws {
    let sets = try Intersection(
      [Ball(center: [0, 0], radius: 1), HalfSpace(normal: [0, 1], bound: 0)], cycleLimit: 2)
    let error = #expect(throws: ConstraintError.self) { try sets.project([2, 1]) }
    #expect(try #require(error).description.contains("after 2 cycles"))
  }
}
