#include "libs/server/gate_log.h"

namespace derms::server {

void GateLog::OnDecision(const auth::GateDecision& decision) {
  metrics_.AuthDecision(std::string(decision.method), std::string(decision.reason));
  if (decision.reason == "OK" || !limit_.Take()) return;
  logger_.Info("refused by the gate",
               {{"method", decision.method}, {"reason", decision.reason}, {"subject", decision.subject}});
}

void GateLog::OnKeysLoaded(const auth::KeySet& keys) {
  logger_.Info("token keys loaded", {{"keys", static_cast<std::int64_t>(keys.size())},
                                     {"ignored", static_cast<std::int64_t>(keys.ignored())}});
}

void GateLog::OnKeysRefused(const absl::Status& status) {
  logger_.Error("changed token keys refused; the old ones stay in use", {{"error", std::string(status.message())}});
}

}  // namespace derms::server
