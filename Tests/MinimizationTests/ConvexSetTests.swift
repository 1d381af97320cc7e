import Minimization
import Testing

/// A set and a name for the reports of tests.
struct NamedSet: Sendable {
  var name: String
  var set: any ConvexSet
}

@Suite("Convex sets")
struct ConvexSetTests {
  static func sets() throws -> [NamedSet] {
    var probe = Probe(1)
    let subspace = try AffineSubspace(matrix: probe.matrix(2, 5), rightHandSide: [1, -2])
    // The third equation is the sum of the others, and there are more equations than it takes.
    let redundant = try AffineSubspace(
      matrix: DenseMatrix(rows: [[1, 2, 0, 0, 1], [0, 1, 1, 0, 0], [1, 3, 1, 0, 1]]),
      rightHandSide: [3, 2, 5])
    let ball = try Ball(center: [1, -1, 0.5, 0, 2], radius: 1.5)
    let box = try Box(lower: [-1, 0, -.infinity, 2, 0], upper: [1, 3, 0.5, .infinity, 3])
    let halfSpace = try HalfSpace(normal: [1, -2, 0.5, 0, 3], bound: 5)
    let simplex = try Simplex(dimension: 5, sum: 2)
    return [
      NamedSet(name: "ball", set: ball),
      NamedSet(name: "point", set: try Ball(center: [1, 2, 3, 4, 5], radius: 0)),
      NamedSet(name: "box", set: box),
      NamedSet(name: "half-space", set: halfSpace),
      NamedSet(name: "simplex", set: simplex),
      NamedSet(name: "affine", set: subspace),
      NamedSet(name: "redundant equations", set: redundant),
      NamedSet(name: "ball ∩ half-space", set: try Intersection([ball, halfSpace])),
      NamedSet(name: "simplex ∩ half-space", set: try Intersection([simplex, halfSpace])),
      NamedSet(name: "affine ∩ box", set: try Intersection([redundant, box])),
    ]
  }

  static let points: [[Double]] = {
    var probe = Probe(2)
    return [0.1, 1, 10, 1e3].flatMap { deviation in
      (0..<10).map { _ in probe.vector(5, deviation: deviation) }
    }
  }()

  @Test("Projections are idempotent, never move points apart, and leave an obtuse angle to the set")
  func laws() throws {
    for named in try Self.sets() {
      let set = named.set
      let name = named.name
      // The cycles of an intersection grow with the distance.
      let points = set is Intersection ? Self.points.filter { length($0) < 100 } : Self.points
      let projections = try points.map { try set.project($0) }
      for (x, image) in zip(points, projections) {
        let scale = 1 + length(x)
        #expect(separation(try set.project(image), image) <= 1e-11 * scale, "\(name), idempotent")
        #expect(try set.contains(image, tolerance: 1e-10 * scale), "\(name), inside")
        #expect(abs(try set.distance(of: x) - separation(x, image)) <= 1e-12 * scale)
        for (y, other) in zip(points, projections) {
          let largest = scale + length(y)
          #expect(separation(image, other) <= separation(x, y) + 1e-10 * largest, "\(name), nonexpansive")
          let angle = inner(minus(x, image), minus(other, image))
          #expect(angle <= 1e-10 * largest * largest, "\(name), obtuse angle at \(x)")
        }
      }
    }
  }

  @Test("The images lie in the sets by the sets' own definitions")
  func definitions() throws {
    let matrix = DenseMatrix(rows: [[1, 2, 0, 0, 1], [0, 1, 1, 0, 0]])
    let affine = try AffineSubspace(matrix: matrix, rightHandSide: [1, 2])
    let simplex = try Simplex(dimension: 5, sum: 2)
    for x in Self.points {
      let scale = 1 + length(x)
      #expect(separation(matrix.times(affine.project(x)), [1, 2]) <= 1e-12 * scale)
      let parts = simplex.project(x)
      #expect(abs(parts.reduce(0, +) - 2) <= 1e-14 && parts.allSatisfy { $0 >= 0 })
      #expect(length(try Ball(center: [0, 0, 0, 0, 0], radius: 3).project(x)) <= 3 * (1 + 1e-15))
    }
  }

  @Test("Known projections")
  func examples() throws {
    // θ = 0.2 makes (0.8, 0.6, −0.2) − θ add up to 1 without the last.
    let simplex = try Simplex(dimension: 3).project([0.8, 0.6, -0.2])
    #expect(separation(simplex, [0.6, 0.4, 0]) < 1e-15)
    #expect(try Simplex(dimension: 2).project([1e17, 0]) == [1, 0])
    #expect(try Simplex(dimension: 2).project([1e17, 1e17]) == [0.5, 0.5])
    #expect(try Simplex(dimension: 1).project([-7]) == [1])
    #expect(try Ball(center: [1, 0], radius: 2).project([1, 6]) == [1, 2])
    #expect(try Box(lower: [0, -.infinity], upper: [1, 5]).project([3, -9]) == [1, -9])
    #expect(try HalfSpace(normal: [0, 2], bound: 4).project([7, 5]) == [7, 2])
    // A x = b of full rank has one solution, 2 x + y = 5, x − y = 1.
    let point = try AffineSubspace(matrix: DenseMatrix(rows: [[2, 1], [1, -1]]), rightHandSide: [5, 1])
    #expect(separation(point.project([100, -100]), [2, 1]) < 1e-12)
    // An equation may be multiplied with anything.
    let scaled = try AffineSubspace(
      matrix: DenseMatrix(rows: [[1, 0], [0, 1e-17]]), rightHandSide: [0, 1e-17])
    #expect(separation(scaled.project([7, 7]), [0, 1]) < 1e-15)
    let everywhere = try AffineSubspace(matrix: DenseMatrix(rows: [[0, 0]]), rightHandSide: [0])
    #expect(everywhere.project([3, 4]) == [3, 4])
  }

  @Test("What is no number stays none")
  func notFinite() throws {
    for named in try Self.sets() {
      let image = try named.set.project([.nan, 1, 2, 3, 4])
      #expect(image.contains { !$0.isFinite }, "\(named.name)")
    }
  }

  @Test("A set that cannot be is refused in one line that names the value")
  func mistakes() {
    func expect(_ words: String, sourceLocation: SourceLocation = #_sourceLocation, _ body: () throws -> Void)
    {
      let error = #expect(throws: ConstraintError.self, sourceLocation: sourceLocation) { try body() }
      let text = error?.description ?? ""
      #expect(text.contains(words) && !text.contains("\n"), "\(text)", sourceLocation: sourceLocation)
    }
    expect("radius of the ball is -1.0") { _ = try Ball(center: [0], radius: -1) }
    expect("the linear equations contradict each other") {
      _ = try AffineSubspace(matrix: DenseMatrix(rows: [[1e12, 0], [1, 0]]), rightHandSide: [1e12, 2])
    }
    expect("the linear equations contradict each other") {
      _ = try AffineSubspace(matrix: DenseMatrix(rows: [[1, 0], [0, 0]]), rightHandSide: [1e12, 1e-3])
    }
    expect("the ball holds nan") { _ = try Ball(center: [.nan], radius: 1) }
    expect("variable 1 lies between 2.0 and 1.0") { _ = try Box(lower: [0, 2], upper: [1, 1]) }
    expect("variable 0 lies between nan") { _ = try Box(lower: [.nan], upper: [1]) }
    expect("variable 0 lies between inf") { _ = try Box(lower: [.infinity], upper: [.infinity]) }
    expect("upper bound of the box has 1 elements; 2") { _ = try Box(lower: [0, 2], upper: [1]) }
    expect("normal of the half-space is zero") { _ = try HalfSpace(normal: [0, 0], bound: 1) }
    expect("add up to 0.0") { _ = try Simplex(dimension: 2, sum: 0) }
    expect("right-hand side of the equations has 2 elements; 1") {
      _ = try AffineSubspace(matrix: DenseMatrix(rows: [[1, 1]]), rightHandSide: [1, 2])
    }
    expect("infeasible: the linear equations contradict each other") {
      _ = try AffineSubspace(matrix: DenseMatrix(rows: [[1, 1], [2, 2]]), rightHandSide: [1, 1])
    }
  }
}
