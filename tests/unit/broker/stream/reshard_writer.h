// ReshardWriter: one writer of a run against resharding. Makes puts of its own partition keys, one
// at a time, and judges their answers.
//
// Every second writer stamps its puts (idempotence). Such a put may be sent again at any time, also
// while it is under way, as a client does whose connection was lost: before the next one if a
// record of it failed, or later if all were stored. The answers must then be the same, or say that
// the result is not known any more where a reshard has put together again what it had parted.
//
// Not thread-safe; what it made lives as long as it does.
#pragma once

#include <cstdint>
#include <memory>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"

#include "broker/record/record_plane.h"
#include "common/error.h"
#include "common/record.h"
#include "tests/unit/broker/stream/reshard_history.h"

namespace penstock::broker {

class ReshardWriter {
 public:
  struct Put {
    std::vector<std::pair<std::string, std::string>> keys_and_data;
    PutOptions options;
    size_t times_sent = 0;
    size_t under_way = 0;
    // By the last answer.
    bool all_stored = false;
    // Not to be sent again: it would not keep its place in the order, or can have no result.
    bool given_up = false;

    bool stamped() const { return options.producer.has_value(); }
    std::vector<RecordView> views() const {
      std::vector<RecordView> views;
      for (const auto& [key, data] : keys_and_data) views.push_back({data, key, ""});
      return views;
    }
  };

  // `index` tells it from the others.
  ReshardWriter(uint64_t index, uint64_t seed, ReshardHistory& history)
      : index_(index), history_(history), random_(seed * 1'000 + index) {}

  // Whether no put of it is under way.
  bool idle() const { return puts_.empty() || puts_.back()->under_way == 0; }

  // What to send next: the last put again where it is not stored, else a new one.
  Put& Next() {
    if (!puts_.empty() && puts_.back()->stamped() && !puts_.back()->all_stored &&
        !puts_.back()->given_up) {
      return *puts_.back();
    }
    if (!puts_.empty()) puts_.back()->given_up = !puts_.back()->all_stored;
    return NewPut();
  }

  // One that a client might send again now; null if there is none.
  Put* Again() {
    if (puts_.empty() || !puts_.back()->stamped()) return nullptr;
    const uint64_t back = Below(kPutsSentAgain);
    if (back >= puts_.size()) return nullptr;
    Put& put = *puts_[puts_.size() - 1 - back];
    if (put.given_up || (back > 0 && !put.all_stored)) return nullptr;
    return &put;
  }

  void OnSent(Put& put) {
    ++put.times_sent;
    ++put.under_way;
  }

  void OnAnswer(Put& put, const absl::StatusOr<std::vector<PutResult>>& results) {
    --put.under_way;
    if (!results.ok()) return history_.AddFault(results.status().ToString());
    bool all_stored = true;
    for (size_t i = 0; i < results->size(); ++i) {
      const PutResult& result = (*results)[i];
      const std::string& data = put.keys_and_data[i].second;
      if (result.status.ok()) {
        history_.Acknowledge(data, result.shard, result.sequence_number);
        continue;
      }
      all_stored = false;
      const ErrorReason reason = ReasonOf(result.status);
      const bool may_be_forgotten =
          put.stamped() && put.times_sent > 1 && put.keys_and_data.size() > 1;
      if (reason == ErrorReason::kProducerSequenceForgotten && may_be_forgotten) {
        put.given_up = true;
      } else if (reason != ErrorReason::kStorageFailed) {
        history_.AddFault(absl::StrCat("put of ", data, ": ", result.status.ToString()));
      }
    }
    put.all_stored = put.all_stored || all_stored;
  }

 private:
  // Fewer than the results that a shard keeps of a producer.
  static constexpr uint64_t kPutsSentAgain = 4;
  static constexpr uint64_t kKeys = 4;
  static constexpr uint64_t kRecordsMax = 6;

  uint64_t Below(uint64_t bound) {
    return std::uniform_int_distribution<uint64_t>(0, bound - 1)(random_);
  }

  Put& NewPut() {
    auto put = std::make_unique<Put>();
    const uint64_t records = Below(2) == 0 ? 1 : 1 + Below(kRecordsMax);
    for (uint64_t i = 0; i < records; ++i) {
      std::string key = absl::StrCat("writer-", index_, "-key-", Below(kKeys));
      std::string data = ReshardHistory::DataOf(key, ++last_n_);
      put->keys_and_data.emplace_back(std::move(key), std::move(data));
    }
    if (index_ % 2 == 1) put->options.producer = ProducerStamp{index_, 1, ++last_sequence_};
    puts_.push_back(std::move(put));
    return *puts_.back();
  }

  const uint64_t index_;
  ReshardHistory& history_;
  std::mt19937_64 random_;
  uint64_t last_n_ = 0;
  uint64_t last_sequence_ = 0;
  // All of them: what is under way points to them.
  std::vector<std::unique_ptr<Put>> puts_;
};

}  // namespace penstock::broker
