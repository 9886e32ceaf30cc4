#include "libs/observe/log.h"

#include <spdlog/async_logger.h>
#include <spdlog/details/thread_pool.h>
#include <spdlog/sinks/ostream_sink.h>

#include <array>
#include <nlohmann/json.hpp>

#include "absl/time/clock.h"
#include "absl/time/time.h"

namespace derms::observe {
namespace {

constexpr std::size_t kMaxTextBytes = 4096;
constexpr std::string_view kRedacted = "[redacted]";
constexpr std::array<std::string_view, 4> kLevelNames = {"debug", "info", "warning", "error"};

bool NamesSecret(std::string_view key) {
  for (std::string_view word : {"authorization", "token", "secret", "password"}) {
    if (key.size() >= word.size() && key.substr(key.size() - word.size()) == word) return true;
  }
  return false;
}

std::string_view Redact(std::string_view key, std::string_view text) {
  if (NamesSecret(key) || text.substr(0, 7) == "Bearer " || text.substr(0, 7) == "bearer ") return kRedacted;
  return text.substr(0, kMaxTextBytes);
}

}  // namespace

// spdlog's bounded queue and thread; the line itself is made by FormatLine.
class Logger::Queue {
 public:
  Queue(std::size_t limit, std::ostream& out)
      : pool_(std::make_shared<spdlog::details::thread_pool>(limit, 1)),
        logger_(std::make_shared<spdlog::async_logger>(
            "derms", std::make_shared<spdlog::sinks::ostream_sink_mt>(out, /*force_flush=*/true), pool_,
            spdlog::async_overflow_policy::overrun_oldest)) {
    logger_->set_pattern("%v");
    logger_->set_level(spdlog::level::trace);
  }
  void Push(const std::string& line) { logger_->log(spdlog::level::info, spdlog::string_view_t(line)); }
  std::int64_t dropped() const { return static_cast<std::int64_t>(pool_->overrun_counter()); }

 private:
  std::shared_ptr<spdlog::details::thread_pool> pool_;
  std::shared_ptr<spdlog::async_logger> logger_;
};

std::optional<LogLevel> ParseLogLevel(std::string_view name) {
  for (std::size_t i = 0; i < kLevelNames.size(); ++i) {
    if (kLevelNames[i] == name) return static_cast<LogLevel>(i);
  }
  return std::nullopt;
}

std::string FormatLine(std::string_view time, std::string_view service, LogLevel level, std::string_view message,
                       std::initializer_list<LogField> fields) {
  nlohmann::ordered_json line;
  line["time"] = time;
  line["level"] = kLevelNames[static_cast<std::size_t>(level)];
  line["service"] = service;
  line["message"] = message.substr(0, kMaxTextBytes);
  for (const auto& field : fields) {
    auto& slot = line[std::string(field.key)];
    if (const auto* text = std::get_if<std::string_view>(&field.value)) {
      slot = Redact(field.key, *text);
    } else {
      std::visit([&slot](const auto& value) { slot = value; }, field.value);
    }
  }
  // Bytes that are not UTF-8 become U+FFFD; control characters are escaped, so a line stays one line.
  return line.dump(-1, ' ', /*ensure_ascii=*/true, nlohmann::json::error_handler_t::replace);
}

Logger::Logger(Options options, std::ostream& out)
    : options_(std::move(options)), queue_(std::make_unique<Queue>(options_.queue_limit, out)) {}

Logger::~Logger() = default;

void Logger::Write(LogLevel level, std::string_view message, std::initializer_list<LogField> fields) {
  if (!Enabled(level)) return;
  const std::string time = absl::FormatTime("%Y-%m-%dT%H:%M:%E6SZ", absl::Now(), absl::UTCTimeZone());
  queue_->Push(FormatLine(time, options_.service, level, message, fields));
}

std::int64_t Logger::dropped() const {
  return queue_->dropped();
}

}  // namespace derms::observe
