// EndpointFile: tells other programs of this machine where the broker listens.
//
//   {"pid":4711,"grpc":"127.0.0.1:40571","admin":"127.0.0.1:40573","kinesis":"127.0.0.1:40575"}
//
// The file is there from when the broker serves until it stops as asked; whoever reads it sees all
// of it or nothing. After a crash an old one is left: its pid is no longer running, and the next
// broker removes it before it starts. Used by one thread.
#pragma once

#include <string>

#include "absl/status/status.h"

namespace penstock::broker {

class EndpointFile {
 public:
  // An empty path: nothing is ever written.
  explicit EndpointFile(std::string path);
  // Removes what was written.
  ~EndpointFile();

  // Removes what another left behind. Only for who knows that the other has gone: after the data
  // directory has been locked.
  void RemoveStale();

  // HOST:PORT; one that is empty is left out.
  struct Addresses {
    std::string grpc;
    std::string admin;
    std::string kinesis;
  };

  // UNAVAILABLE (STORAGE_FAILED), naming the file.
  absl::Status Write(const Addresses& addresses);
  // Removes what was written; nothing otherwise.
  void Remove();

 private:
  const std::string path_;
  bool written_ = false;
};

}  // namespace penstock::broker
