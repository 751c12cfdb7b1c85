// FlatRequest and ToByteBuffer: between gRPC's buffers and the flat bytes that raw methods read and
// write.
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "absl/status/statusor.h"
#include <grpcpp/support/byte_buffer.h>
#include <grpcpp/support/slice.h>

namespace penstock::broker {

// A request's bytes in one piece. A message that came in several slices is copied together here,
// once; one that came in a single slice is only referred to.
class FlatRequest {
 public:
  // INTERNAL (INTERNAL_FAILURE) where gRPC cannot give the bytes.
  static absl::StatusOr<FlatRequest> From(const ::grpc::ByteBuffer& buffer);

  // Lives as long as this does, and where it is: the bytes of a short request lie in it.
  std::string_view bytes() const {
    return {reinterpret_cast<const char*>(slice_.begin()), slice_.size()};
  }

 private:
  explicit FlatRequest(::grpc::Slice slice) : slice_(std::move(slice)) {}

  ::grpc::Slice slice_;
};

// Takes `message` over without a copy: it goes when gRPC has sent it.
::grpc::ByteBuffer ToByteBuffer(std::string message);

}  // namespace penstock::broker
