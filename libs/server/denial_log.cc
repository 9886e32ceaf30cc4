#include "libs/server/denial_log.h"

namespace derms::server {

void DenialLog::OnDenied(const Denial& denial) {
  metrics_.Denied(denial.method, denial.reason);
  if (!limit_.Take()) return;
  logger_.Info("denied", {{"method", denial.method},
                          {"subject", denial.subject},
                          {"scope", denial.scope},
                          {"reason", denial.reason},
                          {"error", denial.text},
                          {"request_id", denial.request}});
}

}  // namespace derms::server
