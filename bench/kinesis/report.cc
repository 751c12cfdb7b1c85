#include "bench/kinesis/report.h"

#include <cstdio>

#include <nlohmann/json.hpp>

namespace penstock::bench {
namespace {

constexpr double kMega = 1e6;

double RecordsPerSecond(const Workload& workload, const Measured& figures) {
  return figures.calls_per_second * static_cast<double>(workload.records);
}

double MegabytesPerSecond(const Workload& workload, const Measured& figures) {
  return RecordsPerSecond(workload, figures) * static_cast<double>(workload.record_bytes) / kMega;
}

}  // namespace

void PrintTable(const ReportTable& table) {
  const Workload& workload = table.workload;
  std::printf("\n%s, %zu callers\n%-30s %9s %8s %10s %6s %9s %9s %9s %6s %9s\n",
              workload.name.c_str(), workload.callers, "", "calls/s", "MB/s", "records/s", "ratio",
              "p50 us", "p99 us", "CPU us", "ratio", "client us");
  const Measured& first = table.rows.front().figures;
  for (const auto& [name, figures] : table.rows) {
    // The ratio of processor time is that of what is done with the same of it.
    std::printf("%-30s %9.0f %8.1f %10.0f %6.2f %9.0f %9.0f %9.1f %6.2f %9.1f\n", name.c_str(),
                figures.calls_per_second, MegabytesPerSecond(workload, figures),
                RecordsPerSecond(workload, figures),
                figures.calls_per_second / first.calls_per_second, figures.p50_us, figures.p99_us,
                figures.server_cpu_us_per_call,
                first.server_cpu_us_per_call / figures.server_cpu_us_per_call,
                figures.client_cpu_us_per_call);
  }
  std::fflush(stdout);
}

void PrintJson(const std::vector<ReportTable>& tables) {
  nlohmann::ordered_json report = nlohmann::ordered_json::array();
  for (const ReportTable& table : tables) {
    const double first = table.rows.front().figures.calls_per_second;
    for (const auto& [name, figures] : table.rows) {
      report.push_back({{"workload", table.workload.name},
                        {"callers", table.workload.callers},
                        {"way", name},
                        {"calls_per_second", figures.calls_per_second},
                        {"records_per_second", RecordsPerSecond(table.workload, figures)},
                        {"megabytes_per_second", MegabytesPerSecond(table.workload, figures)},
                        {"ratio", figures.calls_per_second / first},
                        {"p50_us", figures.p50_us},
                        {"p99_us", figures.p99_us},
                        {"server_cpu_us_per_call", figures.server_cpu_us_per_call},
                        {"client_cpu_us_per_call", figures.client_cpu_us_per_call}});
    }
  }
  std::printf("%s\n", report.dump(2).c_str());
}

}  // namespace penstock::bench
