// The figures of a run, as tables for people or as JSON.
#pragma once

#include <string>
#include <vector>

#include "bench/kinesis/measurement.h"
#include "bench/kinesis/workload.h"

namespace penstock::bench {

struct ReportRow {
  std::string name;
  Measured figures;
};

// Ratios are to the first row.
struct ReportTable {
  Workload workload;
  std::vector<ReportRow> rows;
};

void PrintTable(const ReportTable& table);
void PrintJson(const std::vector<ReportTable>& tables);

}  // namespace penstock::bench
