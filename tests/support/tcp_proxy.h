// TcpProxy: a port of the loopback whose connections go on to a broker, and that fails as networks do.
//
//   TcpProxy proxy;
//   proxy.SetTarget(broker->endpoint());        // again after a restart: clients keep one endpoint
//   ... Client::Connect({.endpoint = proxy.endpoint()}) ...
//   proxy.SetFlow(TcpProxy::Flow::kRequests);   // what is stored now is not answered
//   proxy.CutAll();
//
// One thread carries all connections, and is joined by the destructor, which cuts them. A change is in
// force when its call returns. Thread-safe. Throws std::system_error where the system refuses.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "common/mutex.h"
#include "tests/support/child_process.h"

namespace penstock::test {

class TcpProxy {
 public:
  enum class Flow {
    kBoth,
    // What clients send arrives; what the broker sends stays where it is.
    kRequests,
    // Nothing moves, and nobody is told.
    kNone,
  };

  // Open, but without a target: until there is one it cuts what connects.
  TcpProxy();
  ~TcpProxy();
  TcpProxy(const TcpProxy&) = delete;
  TcpProxy& operator=(const TcpProxy&) = delete;

  // "127.0.0.1:<port>", the same for as long as the proxy lives.
  std::string endpoint() const;

  // "127.0.0.1:<port>": where connections that are made from now on go.
  void SetTarget(const std::string& endpoint);
  void SetFlow(Flow flow);
  // While it is not open, all connections are cut, also those that are made.
  void SetOpen(bool is_open);
  // Ends all connections with RST: what was under way in them is lost.
  void CutAll();

 private:
  struct Connection;
  struct State {
    uint16_t target_port = 0;
    Flow flow = Flow::kBoth;
    bool is_open = true;
    bool is_stopping = false;
    uint64_t cuts = 0;
  };

  // Sets what `change` does, wakes the thread, and waits until it has seen it.
  template <typename Change>
  void Apply(Change change) ABSL_LOCKS_EXCLUDED(mutex_);
  void Run();
  void WaitForEvents(Flow flow);
  void Accept(const State& state);

  Descriptor listener_;
  Descriptor wake_;
  // The thread's own.
  std::vector<std::unique_ptr<Connection>> connections_;

  // Held alone.
  Mutex mutex_;
  CondVar seen_changed_;
  State state_ ABSL_GUARDED_BY(mutex_);
  uint64_t version_ ABSL_GUARDED_BY(mutex_) = 0;
  uint64_t seen_version_ ABSL_GUARDED_BY(mutex_) = 0;
  std::thread thread_;
};

}  // namespace penstock::test
