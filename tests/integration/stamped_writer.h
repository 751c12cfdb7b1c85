// StampedWriter: a thread that puts records of its own partition keys, one put after the other, and
// puts again what it has no answer to: with the same stamp, so that it is stored once.
//
// Stop ends it between two puts or in the middle of one, which Start, with a client of the same or
// another broker process, then begins with. The data of a record is "<key>/<n>", n rising with each
// record of the writer.
#pragma once

#include <atomic>
#include <cstdint>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "penstock/client.h"

namespace penstock::test {

class StampedWriter {
 public:
  // `producer_id` tells it from the others; not 0.
  StampedWriter(std::string stream_name, uint64_t producer_id, uint64_t seed)
      : stream_name_(std::move(stream_name)), producer_id_(producer_id), random_(seed) {}
  ~StampedWriter() { Stop(); }
  StampedWriter(const StampedWriter&) = delete;
  StampedWriter& operator=(const StampedWriter&) = delete;

  void Start(Client& client) {
    // Relaxed: the thread is made and joined by whoever reads what it has done.
    stop_.store(false, std::memory_order_relaxed);
    thread_ = std::thread([this, &client] {
      while (!stop_.load(std::memory_order_relaxed)) PutOne(client);
    });
  }
  void Stop() {
    stop_.store(true, std::memory_order_relaxed);
    if (thread_.joinable()) thread_.join();
  }

  // Until the put under way has its answer. Stopped.
  bool Finish(Client& client, int attempts_max) {
    for (int i = 0; i < attempts_max && !entries_.empty(); ++i) PutOne(client);
    return entries_.empty();
  }

  size_t acknowledged() const { return acknowledged_.load(std::memory_order_relaxed); }
  // Records made so far, the ones not acknowledged included. Stopped.
  uint64_t records() const { return last_n_; }
  uint64_t producer_id() const { return producer_id_; }
  // Errors that no reshard and no restart explains. Stopped.
  const std::vector<std::string>& faults() const { return faults_; }

 private:
  static constexpr uint64_t kKeys = 8;
  static constexpr uint64_t kRecordsMax = 20;

  // All records of a put have one key, so that no reshard parts it: its result is always known.
  void MakePut() {
    const auto below = [&](uint64_t bound) {
      return std::uniform_int_distribution<uint64_t>(0, bound - 1)(random_);
    };
    const std::string key =
        "producer-" + std::to_string(producer_id_) + "-key-" + std::to_string(below(kKeys));
    for (uint64_t i = 1 + below(kRecordsMax); i > 0; --i)
      entries_.push_back({key + "/" + std::to_string(++last_n_), key});
    ++sequence_;
  }

  void PutOne(Client& client) {
    if (entries_.empty()) MakePut();
    PutRecordsOptions options;
    options.stamp = PutStamp{producer_id_, 1, sequence_};
    const auto result = client.PutRecords(stream_name_, entries_, options);
    if (!result.ok()) {
      // Of a broker that was killed.
      if (!absl::IsUnavailable(result.status()) && !absl::IsDeadlineExceeded(result.status()))
        faults_.push_back(result.status().ToString());
      return;
    }
    for (const PutRecordsResultEntry& record : result->records) {
      if (record.ok()) continue;
      if (!record.outcome_unknown && record.error_code != "SHUTTING_DOWN")
        faults_.push_back(record.error_code + ": " + record.error_message);
      return;
    }
    acknowledged_.fetch_add(entries_.size(), std::memory_order_relaxed);
    entries_.clear();
  }

  const std::string stream_name_;
  const uint64_t producer_id_;
  std::mt19937_64 random_;
  // Relaxed: neither orders anything but itself.
  std::atomic<bool> stop_ = false;
  std::atomic<size_t> acknowledged_ = 0;
  // The put under way, or none.
  std::vector<PutRecordsEntry> entries_;
  uint64_t sequence_ = 0;
  uint64_t last_n_ = 0;
  std::vector<std::string> faults_;
  std::thread thread_;
};

}  // namespace penstock::test
