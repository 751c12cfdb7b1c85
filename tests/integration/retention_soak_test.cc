// Retention under steady load, for minutes: the disk holds what is kept, and no more as time goes by.
//
// PENSTOCK_SOAK_MINUTES is how long, 10 unless it is set, and 4 at least. Prints what it measures.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <filesystem>
#include <random>
#include <string>
#include <sys/stat.h>
#include <system_error>
#include <vector>

#include <catch2/catch_test_macros.hpp>

#include "tests/integration/fixture.h"

namespace penstock::test {
namespace {

using SteadyClock = std::chrono::steady_clock;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr const char* kStream = "soak";
constexpr uint32_t kShards = 4;
constexpr minutes kRetention{1};
constexpr int kMinutesDefault = 10;
constexpr int kMinutesMin = 4;
// 10 MiB a second, in puts of 1 MiB.
constexpr milliseconds kPutInterval{100};
constexpr size_t kRecordsPerPut = 256;
constexpr size_t kRecordBytes = 4096;
constexpr milliseconds kSampleInterval{5'000};
// Two retention periods: until then the first data has not been gone for long.
constexpr minutes kSettled{2};
// From here on the disk may not grow. Between the minutes 3 and 5 it does: in two runs by 23 and 21 %
// of what is live, to 1.6 of it on average, and by 2 and 1 % from then on. Shards are trimmed in
// steps of 64 MiB each; that they begin in step and drift apart, so that blob files wait for the
// last of them, would explain it, and is not proven.
constexpr minutes kFlatFrom{5};
constexpr minutes kDriftingFrom{3};
constexpr double kDiskPerLiveMax = 2.0;
// Of what is live, between kFlatFrom and the end: for the saw teeth that files dropped whole make.
// Space that was lost for good, of a twenty-fifth of what is put, would be past it after the 10
// minutes. Not looked at in a run that is too short to tell.
constexpr double kGrowthMax = 0.2;
constexpr minutes kFlatMin{3};
constexpr double kMib = 1 << 20;

int SoakMinutes() {
  const char* const text = std::getenv("PENSTOCK_SOAK_MINUTES");
  return text == nullptr ? kMinutesDefault : std::max(kMinutesMin, std::atoi(text));
}

// What the files below `path` take of the disk. Files may go while it looks.
double DiskMib(const std::filesystem::path& path) {
  std::error_code error;
  uint64_t blocks = 0;
  std::filesystem::recursive_directory_iterator files(path, error);
  for (; !error && files != std::filesystem::recursive_directory_iterator();
       files.increment(error)) {
    struct stat info {};
    if (lstat(files->path().c_str(), &info) == 0) blocks += static_cast<uint64_t>(info.st_blocks);
  }
  return static_cast<double>(blocks * 512) / kMib;
}

struct Sample {
  double second;
  double live_mib;
  double disk_mib;
};

// How much the line of least squares through the disk's use rises from its first sample to its last.
double Growth(const std::vector<Sample>& samples) {
  double seconds_mean = 0;
  double disk_mean = 0;
  for (const Sample& sample : samples) {
    seconds_mean += sample.second / static_cast<double>(samples.size());
    disk_mean += sample.disk_mib / static_cast<double>(samples.size());
  }
  double covariance = 0;
  double variance = 0;
  for (const Sample& sample : samples) {
    covariance += (sample.second - seconds_mean) * (sample.disk_mib - disk_mean);
    variance += (sample.second - seconds_mean) * (sample.second - seconds_mean);
  }
  return covariance / variance * (samples.back().second - samples.front().second);
}

class Soak : public Fixture {
 public:
  Soak() : began_(SteadyClock::now()) {
    CreateStreamOptions options;
    options.shard_count = kShards;
    options.retention_period = absl::Minutes(kRetention.count());
    REQUIRE(client().CreateStream(kStream, options).ok());
    REQUIRE(client().WaitUntilActive(kStream, absl::Seconds(30)).ok());
    std::generate(data_.begin(), data_.end(), [this] { return static_cast<char>(random_()); });
  }

  void Put() {
    std::vector<PutRecordsEntry> entries;
    for (size_t i = 0; i < kRecordsPerPut; ++i) {
      // Cut out of noise, so that nothing compresses it.
      const size_t from = random_() % (data_.size() - kRecordBytes);
      entries.push_back({data_.substr(from, kRecordBytes), std::to_string(random_())});
    }
    const auto result = client().PutRecords(kStream, std::move(entries));
    REQUIRE(result.ok());
    for (const PutRecordsResultEntry& entry : result->records) REQUIRE(entry.ok());
    puts_.push_back(SteadyClock::now());
    ++put_count_;
  }

  // Of the oldest record that a shard gives.
  void CheckOldestRecords() {
    for (uint32_t shard = 0; shard < kShards; ++shard) {
      const auto iterator = client().GetShardIterator(
          kStream, "shardId-00000000000" + std::to_string(shard), IteratorPosition::TrimHorizon());
      REQUIRE(iterator.ok());
      const auto read = client().GetRecords(*iterator, {.limit = 1});
      REQUIRE(read.ok());
      REQUIRE(read->records.size() == 1);
      const absl::Duration age = absl::Now() - read->records.front().approximate_arrival_time;
      // Nothing that is to be kept has gone: each shard is put records with every put.
      CHECK(age >= absl::Minutes(kRetention.count()) - absl::Seconds(5));
      CHECK(age <= 2 * absl::Minutes(kRetention.count()));
    }
  }

  Sample Measure() {
    const SteadyClock::time_point now = SteadyClock::now();
    while (!puts_.empty() && puts_.front() < now - kRetention) puts_.pop_front();
    const Sample sample{std::chrono::duration<double>(now - began_).count(),
                        static_cast<double>(puts_.size() * kRecordsPerPut * kRecordBytes) / kMib,
                        DiskMib(broker().data_dir())};
    std::printf("%6.0f s  put %6.0f MiB  live %5.0f MiB  disk %5.0f MiB  %.2f x\n", sample.second,
                static_cast<double>(put_count_ * kRecordsPerPut * kRecordBytes) / kMib,
                sample.live_mib, sample.disk_mib, sample.disk_mib / sample.live_mib);
    std::fflush(stdout);
    return sample;
  }

  SteadyClock::time_point began() const { return began_; }

 private:
  const SteadyClock::time_point began_;
  std::mt19937_64 random_{1};
  std::string data_ = std::string(1 << 20, '\0');
  size_t put_count_ = 0;
  // When each put of the last retention period was acknowledged.
  std::deque<SteadyClock::time_point> puts_;
};

TEST_CASE_METHOD(Soak, "retention keeps the disk flat, within twice what is kept") {
  const minutes length(SoakMinutes());
  std::vector<Sample> flat;
  std::vector<Sample> drifting;
  double worst = 0;
  SteadyClock::time_point next_sample = began() + kSampleInterval;
  for (SteadyClock::time_point next_put = began(); next_put < began() + length;
       next_put += kPutInterval) {
    const auto early = std::chrono::duration_cast<milliseconds>(next_put - SteadyClock::now());
    // Paces the load; the end of the broker ends the test.
    if (early.count() > 0) REQUIRE_FALSE(broker().WaitFor(early).has_value());
    Put();
    if (SteadyClock::now() < next_sample) continue;
    next_sample += kSampleInterval;
    const Sample sample = Measure();
    if (SteadyClock::now() < began() + kSettled) continue;
    CheckOldestRecords();
    worst = std::max(worst, sample.disk_mib / sample.live_mib);
    CHECK(sample.disk_mib <= kDiskPerLiveMax * sample.live_mib);
    if (SteadyClock::now() >= began() + kDriftingFrom) drifting.push_back(sample);
    if (SteadyClock::now() >= began() + kFlatFrom) flat.push_back(sample);
  }
  REQUIRE(drifting.size() >= 2);
  std::printf("at most %.2f x of what is live; from minute 3 on the disk grew by %.0f MiB\n", worst,
              Growth(drifting));
  if (length < kFlatFrom + kFlatMin) return;
  const double growth = Growth(flat);
  std::printf("from minute 5 on it grew by %.0f MiB\n", growth);
  CHECK(growth <= kGrowthMax * flat.back().live_mib);
}

}  // namespace
}  // namespace penstock::test
