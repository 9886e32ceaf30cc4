// What all gateways did, counted, and as one line of JSON.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <vector>

#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "derms/v1/control.pb.h"
#include "derms/v1/telemetry.pb.h"
#include "nlohmann/json.hpp"

namespace derms::sim {

// Thread-safe.
class Tally {
 public:
  // `delay`: from the time the message is of until it was heard, by two clocks unless both run on one machine.
  void Heard(const v1::WatchSetpointsResponse& message, absl::Duration delay);
  // A gateway heard of an order that binds so many DERs, for the first time.
  void HeardOrder(const std::string& emergency_id, int ders, absl::Time at);
  void FirstComplete() { Add("gateways_complete", 1); }
  void Acknowledged(const v1::AcknowledgeInstructionsRequest& said, const v1::AcknowledgeInstructionsResponse& answer,
                    absl::Time at);
  void Reported(const v1::ReportReadingsResponse& answer);
  void Add(const std::string& count, std::int64_t more);
  void StreamEnded(const std::string& why);
  std::int64_t count(const std::string& name) const;

  // Counts by name; "heard_after_ms" with p50, p99, max; "orders", the newest 20, with the times (UTC, s) at which
  // gateways heard and DERs were confirmed to have answered; "acknowledgements_refused" and "streams_ended" by reason.
  nlohmann::json ToJson() const;

 private:
  struct Order {
    std::string emergency_id;
    int ders = 0;
    std::vector<absl::Time> heard;
    std::map<std::string, absl::Time> acknowledged;  // DERs, when the first answer to them was confirmed
  };
  Order* FindOrder(const std::string& emergency_id) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  static nlohmann::json ToJson(const Order& order);

  mutable absl::Mutex mutex_;
  std::map<std::string, std::int64_t> counts_ ABSL_GUARDED_BY(mutex_);
  std::map<std::string, std::int64_t> refused_ ABSL_GUARDED_BY(mutex_);
  std::map<std::string, std::int64_t> ended_ ABSL_GUARDED_BY(mutex_);
  std::vector<float> heard_after_ms_ ABSL_GUARDED_BY(mutex_);  // newest kMostDelays
  std::size_t next_delay_ ABSL_GUARDED_BY(mutex_) = 0;
  std::deque<Order> orders_ ABSL_GUARDED_BY(mutex_);
};

// The value that a share of all does not exceed; 0 of none. `values` may be in any order.
double Percentile(std::vector<float> values, double share);

}  // namespace derms::sim
