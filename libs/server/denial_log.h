// Who was denied what, for the record: a counter, and lines in the log, which a flood cannot fill. The chain of events
// is for what happened; denials are not in it.
//
// What the gate denies (no role for the method) it tells itself (gate_log.h): it knows no scope, as it has not read the
// request. Here is what a method denies: the role may call it, but not for this DER, region or order.
#pragma once

#include <string>
#include <string_view>

#include "libs/observe/log.h"
#include "libs/observe/log_limit.h"
#include "libs/observe/metrics.h"

namespace derms::server {

struct Denial {
  std::string method;        // "/derms.v1.ControlService/PutLimit"
  std::string subject;       // who
  std::string scope;         // on what: "DER BATT_1", "region NORTH", "all DERs"; empty: not tied to a scope
  std::string reason;        // "UNAUTHORIZED", "SAME_PERSON"
  std::string text;          // the sentence the caller got
  std::string_view request;  // id
};

// Thread-safe. Every denial is counted; at most kLinesPerSecond are logged.
class DenialLog {
 public:
  static constexpr int kLinesPerSecond = 50;
  DenialLog(observe::Metrics& metrics, observe::Logger& logger) : metrics_(metrics), logger_(logger) {}  // outlive this

  void OnDenied(const Denial& denial);

 private:
  observe::Metrics& metrics_;
  observe::Logger& logger_;
  observe::LogLimit limit_{kLinesPerSecond};
};

}  // namespace derms::server
