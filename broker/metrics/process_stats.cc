#include "broker/metrics/process_stats.h"

#include <filesystem>
#include <fstream>
#include <iterator>
#include <sys/resource.h>
#include <sys/statvfs.h>
#include <sys/time.h>
#include <system_error>
#include <unistd.h>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"

namespace penstock::broker {
namespace {

std::string ReadWhole(const char* path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

std::optional<uint64_t> Number(absl::string_view text) {
  uint64_t number = 0;
  if (!absl::SimpleAtoi(text, &number)) return std::nullopt;
  return number;
}

// Fields of /proc/self/stat by their numbers in proc(5), which count from 1.
constexpr size_t kFieldThreads = 20;
constexpr size_t kFieldStartTicks = 22;
constexpr size_t kFieldVirtualBytes = 23;
constexpr size_t kFieldResidentPages = 24;

// When the machine was started, in seconds since 1970-01-01 UTC.
std::optional<uint64_t> BootTimeSeconds() {
  for (const absl::string_view line : absl::StrSplit(ReadWhole("/proc/stat"), '\n')) {
    if (line.substr(0, 6) == "btime ") return Number(line.substr(6));
  }
  return std::nullopt;
}

void ReadStat(ProcessStats& stats) {
  const std::string text = ReadWhole("/proc/self/stat");
  // The name in field 2 may have blanks and brackets in it; what follows its last bracket has none.
  const size_t name_end = text.rfind(") ");
  if (name_end == std::string::npos) return;
  const std::vector<absl::string_view> fields =
      absl::StrSplit(absl::string_view(text).substr(name_end + 2), ' ');
  // The first is field 3.
  const auto field = [&](size_t number) {
    return fields.size() > number - 3 ? Number(fields[number - 3]) : std::nullopt;
  };
  stats.threads = field(kFieldThreads);
  stats.virtual_bytes = field(kFieldVirtualBytes);
  if (const auto pages = field(kFieldResidentPages))
    stats.resident_bytes = *pages * static_cast<uint64_t>(::sysconf(_SC_PAGESIZE));
  const auto boot = BootTimeSeconds();
  const auto start = field(kFieldStartTicks);
  if (boot.has_value() && start.has_value()) {
    stats.start_time_seconds =
        static_cast<double>(*boot) +
        static_cast<double>(*start) / static_cast<double>(::sysconf(_SC_CLK_TCK));
  }
}

double Seconds(const timeval& time) {
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
}

void ReadUsage(ProcessStats& stats) {
  rusage usage = {};
  if (::getrusage(RUSAGE_SELF, &usage) == 0)
    stats.cpu_seconds = Seconds(usage.ru_utime) + Seconds(usage.ru_stime);
}

void ReadDescriptors(ProcessStats& stats) {
  std::error_code error;
  std::filesystem::directory_iterator folder("/proc/self/fd", error);
  if (!error) {
    uint64_t count = 0;
    for (; !error && folder != std::filesystem::directory_iterator(); folder.increment(error))
      ++count;
    // Without the one that this look at them took.
    if (!error && count > 0) stats.open_fds = count - 1;
  }
  rlimit limit = {};
  if (::getrlimit(RLIMIT_NOFILE, &limit) == 0) stats.max_fds = limit.rlim_cur;
}

void ReadDisk(const std::string& data_dir, ProcessStats& stats) {
  struct statvfs disk = {};
  if (::statvfs(data_dir.c_str(), &disk) != 0) return;
  stats.disk_bytes = uint64_t{disk.f_blocks} * disk.f_frsize;
  stats.disk_free_bytes = uint64_t{disk.f_bavail} * disk.f_frsize;
}

}  // namespace

ProcessStats ReadProcessStats(const std::string& data_dir) {
  ProcessStats stats;
  ReadStat(stats);
  ReadUsage(stats);
  ReadDescriptors(stats);
  ReadDisk(data_dir, stats);
  return stats;
}

}  // namespace penstock::broker
