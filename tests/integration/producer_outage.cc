#include "tests/integration/producer_outage.h"

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <cstdio>
#include <fstream>
#include <memory>
#include <string>
#include <thread>
#include <unistd.h>
#include <vector>

#include <catch2/catch_test_macros.hpp>

#include "penstock/producer.h"
#include "tests/integration/fixture.h"
#include "tests/support/tcp_proxy.h"

namespace penstock::test {
namespace {

using SteadyClock = std::chrono::steady_clock;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr const char* kStream = "outages";
constexpr size_t kThreads = 2;
constexpr size_t kRecordBytes = 1'000;
// Its key, and what the producer counts beside both.
constexpr size_t kRecordOverheadBytes = 120;
constexpr size_t kBufferedBytesMax = 64 << 20;
// What the options promise, and what the rest of the process may take.
constexpr size_t kGrowthMax = 2 * kBufferedBytesMax + (32 << 20);
// Memory is settled when so many samples in a row are no higher than the one before them.
constexpr int kSettledSamples = 25;
constexpr size_t kSettledBytes = 256 << 10;
constexpr milliseconds kSampleInterval{20};
constexpr seconds kPatience{60};

size_t ResidentBytes() {
  std::ifstream file("/proc/self/statm");
  size_t total = 0;
  size_t resident = 0;
  file >> total >> resident;
  REQUIRE(resident > 0);
  return resident * static_cast<size_t>(sysconf(_SC_PAGESIZE));
}

double Mib(size_t bytes) {
  return static_cast<double>(bytes) / (1 << 20);
}

class OutageTest {
 public:
  OutageTest() {
    fixture_.CreateStream(kStream, 4);
    proxy_.SetTarget(fixture_.broker().endpoint());
    before_ = ResidentBytes();
    ProducerOptions options;
    options.stream_name = kStream;
    options.client.endpoint = proxy_.endpoint();
    options.buffered_bytes_max = kBufferedBytesMax;
    // Stalled connections are left now and then, and what was sent on them is sent again.
    options.request_timeout = absl::Milliseconds(300);
    auto producer = Producer::Create(options);
    REQUIRE(producer.ok());
    producer_ = *std::move(producer);
    for (size_t thread = 0; thread < kThreads; ++thread)
      threads_.emplace_back([this, thread] { PutUntilStopped(thread); });
  }
  ~OutageTest() {
    is_stopping_ = true;
    static_cast<void>(producer_->Close(absl::ZeroDuration()));
    for (std::thread& thread : threads_) thread.join();
  }

  void Run(milliseconds length) {
    const auto end = SteadyClock::now() + length;
    for (int outage = 0; outage < 2 || SteadyClock::now() < end; ++outage) {
      const uint64_t ok_before = told_ok_;
      WaitUntil("records are stored", [&] { return told_ok_ > ok_before; });
      const bool is_stall = outage % 2 == 1;
      if (is_stall) {
        proxy_.SetFlow(TcpProxy::Flow::kNone);
      } else {
        proxy_.SetOpen(false);
      }
      WaitUntilFullAndSettled();
      std::printf("%s: %.1f MiB more than before, %.1f MiB of them buffered\n",
                  is_stall ? "stalled" : "refused", Mib(highest_ - before_),
                  Mib(producer_->Stats().buffered_bytes));
      std::fflush(stdout);
      proxy_.SetFlow(TcpProxy::Flow::kBoth);
      proxy_.SetOpen(true);
    }
    is_stopping_ = true;
    for (std::thread& thread : threads_) thread.join();
    threads_.clear();
    const absl::Status closed = producer_->Close(absl::Seconds(60));
    INFO(closed.ToString());
    REQUIRE(closed.ok());
    CheckStored();
  }

 private:
  void PutUntilStopped(size_t thread) {
    const std::string key = "key-" + std::to_string(thread) + "-";
    std::string data(kRecordBytes, 'd');
    for (uint64_t n = 0; !is_stopping_; ++n) {
      const std::string number = std::to_string(n) + "/";
      data.replace(0, number.size(), number);
      const absl::Status taken = producer_->Put(
          {data, key + std::to_string(n % 16)},
          [this](const PutOutcome& outcome) { ++(outcome.ok() ? told_ok_ : told_failed_); });
      if (!taken.ok()) return;
      ++taken_[thread];
    }
  }

  // Samples what is not this thread's to be told.
  template <typename Condition>
  void WaitUntil(const char* what, Condition condition) {
    const auto deadline = SteadyClock::now() + kPatience;
    while (!condition()) {
      INFO("waiting until " << what << ": " << PrometheusText(producer_->Stats(), kStream));
      REQUIRE(SteadyClock::now() < deadline);
      // Paces it; the end of the broker ends the test.
      REQUIRE_FALSE(fixture_.broker().WaitFor(kSampleInterval).has_value());
      highest_ = std::max(highest_, ResidentBytes());
      REQUIRE(highest_ <= before_ + kGrowthMax);
    }
  }

  void WaitUntilFullAndSettled() {
    // Nor for one record more.
    WaitUntil("there is no room", [&] {
      return producer_->Stats().buffered_bytes + kRecordBytes + kRecordOverheadBytes >
             kBufferedBytesMax;
    });
    // No one gets room back: what was under way is told, and the buffer is full for good.
    uint64_t ok = told_ok_;
    size_t resident = ResidentBytes();
    int settled = 0;
    WaitUntil("memory is settled", [&] {
      const bool is_settled = told_ok_ == ok && ResidentBytes() <= resident + kSettledBytes;
      settled = is_settled ? settled + 1 : 0;
      if (!is_settled) {
        ok = told_ok_;
        resident = ResidentBytes();
      }
      return settled >= kSettledSamples;
    });
  }

  void CheckStored() {
    const uint64_t taken = taken_[0] + taken_[1];
    CHECK(told_failed_ == 0);
    CHECK(told_ok_ == taken);
    std::vector<std::vector<bool>> is_stored(kThreads);
    for (size_t thread = 0; thread < kThreads; ++thread) is_stored[thread].resize(taken_[thread]);
    size_t stored = 0;
    for (const auto& [shard_id, record] : fixture_.GetAll(kStream)) {
      const size_t thread = record.partition_key.at(4) == '0' ? 0 : 1;
      const size_t n = std::stoull(record.data);
      REQUIRE(n < is_stored[thread].size());
      REQUIRE_FALSE(is_stored[thread][n]);
      is_stored[thread][n] = true;
      ++stored;
    }
    CHECK(stored == taken);
    std::printf("%llu records, at most %.1f MiB more than before\n",
                static_cast<unsigned long long>(taken), Mib(highest_ - before_));
  }

  Fixture fixture_;
  TcpProxy proxy_;
  size_t before_ = 0;
  size_t highest_ = 0;
  // The default order: none of these is hot.
  std::atomic<bool> is_stopping_ = false;
  std::atomic<uint64_t> told_ok_ = 0;
  std::atomic<uint64_t> told_failed_ = 0;
  // Each its thread's own until that is joined.
  uint64_t taken_[kThreads] = {};
  std::unique_ptr<Producer> producer_;
  std::vector<std::thread> threads_;
};

}  // namespace

void PutThroughOutages(std::chrono::milliseconds length) {
  OutageTest().Run(length);
}

}  // namespace penstock::test
