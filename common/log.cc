#include "common/log.h"

#include <memory>

#include <nlohmann/json.hpp>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

namespace penstock {
namespace {

struct LogState {
  std::shared_ptr<spdlog::logger> logger;
  LogFormat format = LogFormat::kText;
};

std::shared_ptr<spdlog::logger> NewLogger(LogFormat format) {
  auto logger = std::make_shared<spdlog::logger>("penstock",
                                                 std::make_shared<spdlog::sinks::stderr_sink_mt>());
  const auto utc = spdlog::pattern_time_type::utc;
  logger->set_pattern(format == LogFormat::kJson
                          ? R"({"time":"%Y-%m-%dT%H:%M:%S.%eZ","level":"%l",%v})"
                          : "%Y-%m-%dT%H:%M:%S.%eZ %-7l %v",
                      utc);
  logger->flush_on(spdlog::level::trace);
  return logger;
}

LogState& State() {
  static LogState state{NewLogger(LogFormat::kText)};
  return state;
}

spdlog::level::level_enum ToSpdlog(LogLevel level) {
  switch (level) {
    case LogLevel::kDebug:
      return spdlog::level::debug;
    case LogLevel::kInfo:
      return spdlog::level::info;
    case LogLevel::kWarning:
      return spdlog::level::warn;
    case LogLevel::kError:
      return spdlog::level::err;
  }
  return spdlog::level::info;
}

// nlohmann's dump as the one quoting of both formats; bytes that are not UTF-8 are replaced, not
// thrown at.
std::string Quote(std::string_view text) {
  return nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

bool NeedsQuotes(std::string_view text) {
  return text.empty() || text.find_first_of(" \"=\\\n\t") != std::string_view::npos;
}

}  // namespace

void InitLog(LogLevel lowest, LogFormat format) {
  State().logger = NewLogger(format);
  State().format = format;
  State().logger->set_level(ToSpdlog(lowest));
}

void Log(LogLevel level, std::string_view event, std::initializer_list<LogField> fields) {
  LogState& state = State();
  if (!state.logger->should_log(ToSpdlog(level))) return;
  std::string line;
  if (state.format == LogFormat::kJson) {
    line = "\"event\":" + Quote(event);
    for (const LogField& field : fields) line += "," + Quote(field.key) + ":" + Quote(field.value);
  } else {
    line = Quote(event);
    for (const LogField& field : fields) {
      line.append(" ").append(field.key).append("=");
      line += NeedsQuotes(field.value) ? Quote(field.value) : field.value;
    }
  }
  state.logger->log(ToSpdlog(level), line);
}

}  // namespace penstock
