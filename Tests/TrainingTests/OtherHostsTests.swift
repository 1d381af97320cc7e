#if os(Linux)
  import Foundation
  import Testing
  import Training

  /// Which connections a drill cuts.
  @Suite struct OtherHostsTests {
    /// Two ends of a connection to an address of this machine.
    private func connect(to address: String) throws -> (listener: CInt, own: CInt, other: CInt) {
      var name = sockaddr_in()
      name.sin_family = sa_family_t(AF_INET)
      name.sin_addr.s_addr = inet_addr(address)
      var length = socklen_t(MemoryLayout<sockaddr_in>.size)
      let stream = CInt(SOCK_STREAM.rawValue)
      let (listener, own) = (socket(AF_INET, stream, 0), socket(AF_INET, stream, 0))
      let results = withUnsafeMutablePointer(to: &name) { pointer in
        pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
          [
            bind(listener, pointer, length), listen(listener, 1), getsockname(listener, pointer, &length),
            Foundation.connect(own, pointer, length),
          ]
        }
      }
      try #require(results == [0, 0, 0, 0])
      return (listener, own, accept(listener, nil, nil))
    }

    @Test("a connection whose ends have two addresses is cut, one inside of an address is not")
    func cut() throws {
      // Who speaks to 127.0.0.2 has the address 127.0.0.1.
      let (inside, outside) = (try connect(to: "127.0.0.1"), try connect(to: "127.0.0.2"))
      defer {
        for each in [inside, outside] { [each.listener, each.own, each.other].forEach { close($0) } }
      }
      let found = OtherHosts.connections
      #expect(found.contains(outside.own) && found.contains(outside.other))
      #expect(!found.contains(inside.own) && !found.contains(inside.other))
      #expect(!found.contains(inside.listener) && !found.contains(outside.listener) && !found.contains(0))
      OtherHosts.cut()
      var byte: UInt8 = 0
      #expect(read(outside.other, &byte, 1) == 0)
      #expect(write(inside.own, &byte, 1) == 1 && read(inside.other, &byte, 1) == 1)
    }
  }
#endif
