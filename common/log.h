// Structured log lines: time, level, event, then key=value, to stderr.
//
//   LogInfo("broker started", {{"grpc", address}, {"shards", absl::StrCat(count)}});
//   2026-01-31T12:00:00.000Z info  "broker started" grpc=127.0.0.1:7070 shards=12
//
// Values with blanks or quotes are quoted. Thread-safe; a line is written at once. Never log a
// record's bytes or a secret.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>

namespace penstock {

enum class LogLevel { kDebug, kInfo, kWarning, kError };
enum class LogFormat { kText, kJson };

struct LogField {
  std::string_view key;
  std::string value;
};

// Before the first line, from the main thread. Without it: text from kInfo on.
void InitLog(LogLevel lowest, LogFormat format);

void Log(LogLevel level, std::string_view event, std::initializer_list<LogField> fields);

inline void LogDebug(std::string_view event, std::initializer_list<LogField> fields = {}) {
  Log(LogLevel::kDebug, event, fields);
}
inline void LogInfo(std::string_view event, std::initializer_list<LogField> fields = {}) {
  Log(LogLevel::kInfo, event, fields);
}
inline void LogWarning(std::string_view event, std::initializer_list<LogField> fields = {}) {
  Log(LogLevel::kWarning, event, fields);
}
inline void LogError(std::string_view event, std::initializer_list<LogField> fields = {}) {
  Log(LogLevel::kError, event, fields);
}

}  // namespace penstock
