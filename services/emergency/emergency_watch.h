// One follower's way through an emergency order: how it stands, then every change, until it has ended and its DERs are
// back.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "derms/v1/emergency.pb.h"
#include "libs/base/clock.h"
#include "libs/server/watch.h"
#include "services/emergency/order_reads.h"
#include "services/emergency/progress_board.h"
#include "services/emergency/return_board.h"

namespace derms::emergency {

// Of an order that waits for a second person's word, too. Ends with NOT_FOUND EMERGENCY_NOT_FOUND, the errors of
// Queries and Expansions, or OK after the order's end, when its DERs are back.
class EmergencyWatch final : public server::WatchSource<v1::WatchEmergencyResponse> {
 public:
  // All outlive it.
  struct Parts {
    OrderReads reads;
    ProgressBoard& board;
    ReturnBoard& returns;
    const base::Clock& clock;  // the database's
  };
  EmergencyWatch(std::string emergency_id, Parts parts, std::function<void()> wake);

  bool NeedsDatabase() const override { return true; }
  absl::StatusOr<std::optional<v1::WatchEmergencyResponse>> Next(absl::Time deadline) override;
  std::optional<v1::WatchEmergencyResponse> Heartbeat() override;

 private:
  const std::string emergency_id_;
  const Parts parts_;
  const std::shared_ptr<void> follower_;
  std::optional<v1::WatchEmergencyResponse> told_;  // last
};

// Adds its progress to an order that was read, after the counts of its restoration; an exercise and one that was never
// in force have none. Blocks. Errors of ProgressBoard.
absl::Status FillProgress(ProgressBoard& board, v1::EmergencyOrder& order, absl::Time deadline);

}  // namespace derms::emergency
