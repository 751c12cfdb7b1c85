// PutOptions: what a caller may ask of a put beside storing its records. Plain values.
#pragma once

#include <cstdint>
#include <optional>

#include "common/ids.h"
#include "common/record_batch_builder.h"

namespace penstock::broker {

struct PutOptions {
  // Check everything, store nothing, answer DRY_RUN.
  bool dry_run = false;
  // Idempotence: present if the put has a stamp, which then must be sound.
  std::optional<ProducerStamp> producer;
  // With a stamp, and where all records go to one shard (AppendConditions::producer_previous).
  std::optional<uint64_t> previous_producer_sequence;
  // PutRecord only (AppendConditions::expected_next).
  std::optional<uint64_t> expected_next_sequence_number;
  // PutRecord only: a number that was given for the same shard; the record gets a higher one.
  std::optional<uint64_t> sequence_number_for_ordering;
  // The shard that gave it, where the door knows; else it is held against the record's own.
  std::optional<ShardIndex> sequence_number_for_ordering_shard = std::nullopt;
};

}  // namespace penstock::broker
