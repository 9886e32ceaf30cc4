// Decisions of the gate and changes of its keys, as metrics and log lines.
#pragma once

#include "libs/auth/gate.h"
#include "libs/auth/jwks_file.h"
#include "libs/observe/log.h"
#include "libs/observe/log_limit.h"
#include "libs/observe/metrics.h"

namespace derms::server {

// Thread-safe. Every decision is counted; refusals are logged, at most kLinesPerSecond: a flood of bad tokens must not
// push other lines out of the log.
class GateLog final : public auth::GateObserver, public auth::JwksObserver {
 public:
  static constexpr int kLinesPerSecond = 50;
  GateLog(observe::Metrics& metrics, observe::Logger& logger) : metrics_(metrics), logger_(logger) {}  // outlive this

  void OnDecision(const auth::GateDecision& decision) override;
  void OnKeysLoaded(const auth::KeySet& keys) override;
  void OnKeysRefused(const absl::Status& status) override;

 private:
  observe::Metrics& metrics_;
  observe::Logger& logger_;
  observe::LogLimit limit_{kLinesPerSecond};
};

}  // namespace derms::server
