// Logs: one JSON object per line, whatever the strings hold, written by a thread of its own.
//
// A call never waits: the queue is bounded, and when it is full the oldest line is dropped and counted. Secrets are
// kept out by name (see Redact). A Logger is injected; there is no global one.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <memory>
#include <optional>
#include <ostream>
#include <string>
#include <string_view>
#include <variant>

namespace derms::observe {

enum class LogLevel { kDebug, kInfo, kWarning, kError };
std::optional<LogLevel> ParseLogLevel(std::string_view name);  // "debug", "info", "warning", "error"

struct LogField {
  using Value = std::variant<std::string_view, std::int64_t, double, bool>;
  LogField(std::string_view k, std::string_view v) : key(k), value(v) {}
  LogField(std::string_view k, const std::string& v) : key(k), value(std::string_view(v)) {}
  LogField(std::string_view k, const char* v) : key(k), value(std::string_view(v)) {}
  LogField(std::string_view k, std::int64_t v) : key(k), value(v) {}
  LogField(std::string_view k, int v) : key(k), value(static_cast<std::int64_t>(v)) {}
  LogField(std::string_view k, double v) : key(k), value(v) {}
  LogField(std::string_view k, bool v) : key(k), value(v) {}
  std::string_view key;
  Value value;
};

// Thread-safe. The destructor writes what is queued.
class Logger {
 public:
  struct Options {
    std::string service;  // "derms-registry"
    LogLevel level = LogLevel::kInfo;
    std::size_t queue_limit = 8192;  // lines
  };
  Logger(Options options, std::ostream& out);  // `out` outlives the logger
  ~Logger();
  Logger(const Logger&) = delete;
  Logger& operator=(const Logger&) = delete;

  void Write(LogLevel level, std::string_view message, std::initializer_list<LogField> fields = {});
  void Debug(std::string_view message, std::initializer_list<LogField> fields = {}) {
    Write(LogLevel::kDebug, message, fields);
  }
  void Info(std::string_view message, std::initializer_list<LogField> fields = {}) {
    Write(LogLevel::kInfo, message, fields);
  }
  void Warning(std::string_view message, std::initializer_list<LogField> fields = {}) {
    Write(LogLevel::kWarning, message, fields);
  }
  void Error(std::string_view message, std::initializer_list<LogField> fields = {}) {
    Write(LogLevel::kError, message, fields);
  }
  bool Enabled(LogLevel level) const { return level >= options_.level; }
  std::int64_t dropped() const;  // lines lost to a full queue

 private:
  class Queue;
  const Options options_;
  std::unique_ptr<Queue> queue_;
};

// The line for one entry, without a line end: always one valid JSON object. Values under a name that tells of a
// secret ("authorization", "token", "secret", "password") and values that begin with "Bearer " read "[redacted]";
// text beyond 4 KiB is cut. `time` is RFC 3339 in UTC.
std::string FormatLine(std::string_view time, std::string_view service, LogLevel level, std::string_view message,
                       std::initializer_list<LogField> fields);

}  // namespace derms::observe
