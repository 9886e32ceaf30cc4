#include "libs/server/foreign_logs.h"

#include <google/protobuf/stubs/logging.h>
#include <grpc/support/log.h>

#include <cstdio>
#include <string_view>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/clock.h"
#include "libs/observe/log_limit.h"

namespace derms::server {
namespace {

using observe::LogLevel;

struct Entry {
  std::string_view library;
  LogLevel level;
  std::string source;  // "wire_format_lite.cc:618"
  std::string_view text;
  bool aborting;  // the library ends the process next: a queued line would be lost
};

// Both libraries take plain functions, so where their lines go is global; never destroyed, since their threads may
// speak until the process ends.
class Sink {
 public:
  void Attach(std::string service, observe::Logger* logger) {
    absl::MutexLock lock(&mutex_);
    service_ = std::move(service);
    logger_ = logger;
  }
  void Detach() {
    absl::MutexLock lock(&mutex_);
    logger_ = nullptr;
  }

  void Take(const Entry& entry) {
    absl::MutexLock lock(&mutex_);
    if (entry.aborting) return Print(entry);
    if (!limit_.Take()) {
      ++left_out_;
      return;
    }
    if (logger_ == nullptr) return Print(entry);
    logger_->Write(entry.level, entry.text,
                   {{"library", entry.library}, {"source", entry.source}, {"left_out", left_out_}});
    left_out_ = 0;
  }

 private:
  void Print(const Entry& entry) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    const std::string time = absl::FormatTime("%Y-%m-%dT%H:%M:%E6SZ", absl::Now(), absl::UTCTimeZone());
    const std::string line = observe::FormatLine(time, service_, entry.level, entry.text,
                                                 {{"library", entry.library}, {"source", entry.source}});
    std::fprintf(stderr, "%s\n", line.c_str());
  }

  absl::Mutex mutex_;
  std::string service_ ABSL_GUARDED_BY(mutex_);
  observe::Logger* logger_ ABSL_GUARDED_BY(mutex_) = nullptr;
  observe::LogLimit limit_{ForeignLogs::kLinesPerSecond};
  std::int64_t left_out_ ABSL_GUARDED_BY(mutex_) = 0;
};

Sink& TheSink() {
  static Sink& sink = *new Sink;
  return sink;
}

// Without the folders of the machine that built the library.
std::string Source(std::string_view file, int line) {
  const std::size_t slash = file.rfind('/');
  return absl::StrCat(std::string(slash == std::string_view::npos ? file : file.substr(slash + 1)), ":", line);
}

void FromProtobuf(google::protobuf::LogLevel level, const char* file, int line, const std::string& text) {
  constexpr LogLevel kLevels[] = {LogLevel::kInfo, LogLevel::kWarning, LogLevel::kError, LogLevel::kError};
  TheSink().Take({"protobuf", kLevels[level], Source(file, line), text, level == google::protobuf::LOGLEVEL_FATAL});
}

void FromGrpc(gpr_log_func_args* entry) {
  constexpr LogLevel kLevels[] = {LogLevel::kDebug, LogLevel::kInfo, LogLevel::kError};
  constexpr std::string_view kLastWords = "assertion failed";  // GPR_ASSERT logs, then aborts
  const std::string_view text = entry->message;
  TheSink().Take({"grpc", kLevels[entry->severity], Source(entry->file, entry->line), text,
                  text.substr(0, kLastWords.size()) == kLastWords});
}

}  // namespace

ForeignLogs::ForeignLogs(const std::string& service, observe::Logger& logger) {
  TheSink().Attach(service, &logger);
  google::protobuf::SetLogHandler(&FromProtobuf);
  gpr_set_log_function(&FromGrpc);
}

ForeignLogs::~ForeignLogs() {
  TheSink().Detach();
}

}  // namespace derms::server
