// File descriptors: how many this process may have, and how many of them clients may take.
//
// Sockets are accepted before anybody has said who they are. If they could take the last descriptor,
// RocksDB could not open its next file, and the broker would take no more records until it is
// started again: so storage's share is set aside, and connections are bounded by what is left.
#pragma once

#include <cstddef>
#include <cstdint>

namespace penstock::broker {

// Raises the process's limit as far as it may be, and gives it. Once, at the start.
uint64_t RaiseDescriptorLimit();

// Connections of the Kinesis endpoint that leave enough for `lanes` of storage, gRPC and the admin
// port: at most `wanted`, and kConnectionsMin at least, where the limit is too low for all.
inline constexpr size_t kConnectionsMin = 16;
size_t ConnectionsWithin(uint64_t descriptor_limit, uint32_t lanes, size_t wanted);

}  // namespace penstock::broker
