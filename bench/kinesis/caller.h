// Caller: a client with one call prepared, which it makes again and again, blocking.
//
// All that can be made beforehand is (bodies, signatures, messages): what a call costs is the
// broker's work, and the least that a client can do. An answer that is not the expected one is a
// broken benchmark: CHECKed. Used by one thread.
#pragma once

namespace penstock::bench {

class Caller {
 public:
  Caller() = default;
  virtual ~Caller() = default;
  Caller(const Caller&) = delete;
  Caller& operator=(const Caller&) = delete;

  virtual void Call() = 0;
};

}  // namespace penstock::bench
