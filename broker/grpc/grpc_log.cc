#include "broker/grpc/grpc_log.h"

#include <string_view>

#include "absl/strings/str_cat.h"
#include <grpc/support/log.h>

#include "common/log.h"

namespace penstock::broker {
namespace {

// Where gRPC's server binds its ports, and logs nothing else as an error that is not of binding.
constexpr std::string_view kBindingSource = "chttp2_server.cc";

void LogLine(gpr_log_func_args* line) {
  if (line->severity != GPR_LOG_SEVERITY_ERROR) return;
  const std::string_view path = line->file;
  const std::string_view file = path.substr(path.rfind('/') + 1);
  const LogLevel level = file == kBindingSource ? LogLevel::kDebug : LogLevel::kWarning;
  Log(level, "gRPC reports an error",
      {{"at", absl::StrCat(std::string(file), ":", line->line)}, {"error", line->message}});
}

}  // namespace

void RouteGrpcLog() {
  gpr_set_log_function(&LogLine);
  gpr_set_log_verbosity(GPR_LOG_SEVERITY_ERROR);
}

}  // namespace penstock::broker
