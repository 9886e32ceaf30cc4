// What protobuf and gRPC have to say, as lines of our log: by themselves both print plain text on stderr, protobuf
// whenever a caller sends a text that is no UTF-8, and the log would no longer be one JSON object per line.
#pragma once

#include <string>

#include "libs/observe/log.h"

namespace derms::server {

// At most kLinesPerSecond lines, because callers can provoke them; what was left out is counted in the next line. Make
// it before threads use either library, one per process. `logger` outlives it; what comes after it, and the last words
// of a library that is about to abort, goes to stderr at once, as JSON too.
class ForeignLogs {
 public:
  static constexpr int kLinesPerSecond = 20;
  ForeignLogs(const std::string& service, observe::Logger& logger);
  ~ForeignLogs();
  ForeignLogs(const ForeignLogs&) = delete;
  ForeignLogs& operator=(const ForeignLogs&) = delete;
};

}  // namespace derms::server
