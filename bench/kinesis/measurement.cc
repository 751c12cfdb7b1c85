#include "bench/kinesis/measurement.h"

#include <algorithm>
#include <barrier>
#include <fstream>
#include <iterator>
#include <optional>
#include <sstream>
#include <string>
#include <sys/resource.h>
#include <thread>
#include <unistd.h>

#include "bench/storage/measure.h"

namespace penstock::bench {
namespace {

constexpr double kMicro = 1e6;

// User and system time, of all threads. /proc counts in hundredths of a second.
double ServerCpuSeconds(int pid) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/stat");
  std::string text{std::istreambuf_iterator<char>(file), {}};
  // The name of the program, in parentheses, may hold blanks. Behind it: state, then ten numbers.
  const size_t name_end = text.rfind(')');
  if (name_end == std::string::npos) return 0;
  std::istringstream rest(text.substr(name_end + 1));
  std::string skipped;
  for (int i = 0; i < 11; ++i) rest >> skipped;
  double user = 0;
  double system = 0;
  rest >> user >> system;
  return (user + system) / static_cast<double>(::sysconf(_SC_CLK_TCK));
}

double ClientCpuSeconds() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / kMicro;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

double Quantile(std::vector<double>& sorted, double part) {
  return sorted[static_cast<size_t>(static_cast<double>(sorted.size() - 1) * part)];
}

}  // namespace

Measured Measure(const std::vector<std::unique_ptr<Caller>>& callers, double seconds,
                 int server_pid) {
  std::vector<std::vector<double>> times_us(callers.size());
  std::optional<Stopwatch> stopwatch;
  double server_begin = 0;
  double client_begin = 0;
  // Run by one of the threads when all have made their first call.
  std::barrier ready(static_cast<std::ptrdiff_t>(callers.size()), [&]() noexcept {
    server_begin = ServerCpuSeconds(server_pid);
    client_begin = ClientCpuSeconds();
    stopwatch.emplace();
  });
  std::vector<std::thread> threads;
  for (size_t i = 0; i < callers.size(); ++i) {
    threads.emplace_back([&, i] {
      callers[i]->Call();
      ready.arrive_and_wait();
      do {
        const Stopwatch call;
        callers[i]->Call();
        times_us[i].push_back(call.seconds() * kMicro);
      } while (stopwatch->seconds() < seconds);
    });
  }
  for (std::thread& thread : threads) thread.join();
  const double elapsed = stopwatch->seconds();
  const double server_seconds = ServerCpuSeconds(server_pid) - server_begin;
  const double client_seconds = ClientCpuSeconds() - client_begin;
  std::vector<double> all_us;
  for (const auto& of_caller : times_us)
    all_us.insert(all_us.end(), of_caller.begin(), of_caller.end());
  std::sort(all_us.begin(), all_us.end());
  const auto calls = static_cast<double>(all_us.size());
  return {calls / elapsed, Quantile(all_us, 0.5), Quantile(all_us, 0.99),
          server_seconds * kMicro / calls, client_seconds * kMicro / calls};
}

Measured Median(const std::vector<Measured>& rounds) {
  const auto of = [&](double Measured::*figure) {
    std::vector<double> values;
    for (const Measured& round : rounds) values.push_back(round.*figure);
    return Median(std::move(values));
  };
  return {of(&Measured::calls_per_second), of(&Measured::p50_us), of(&Measured::p99_us),
          of(&Measured::server_cpu_us_per_call), of(&Measured::client_cpu_us_per_call)};
}

}  // namespace penstock::bench
