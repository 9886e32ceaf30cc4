// One stream's way through the set-points of its DERs: first what holds, then what becomes different.
//
// Set-points are resolved anew from the database whenever something may have changed; what the stream has told already
// is left out. An emergency order that shuts down every DER of the stream is told at once, from memory, before any DER
// is looked at.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "derms/v1/control.pb.h"
#include "libs/base/clock.h"
#include "libs/domain/access.h"
#include "libs/domain/setpoint.h"
#include "libs/server/archive.h"
#include "libs/store/read_model.h"
#include "services/emergency/sent_instructions.h"
#include "services/emergency/setpoint_hub.h"
#include "services/emergency/shared_sheets.h"
#include "services/emergency/told_setpoints.h"

namespace derms::emergency {

// All that was told holds so long after each message.
inline constexpr absl::Duration kStreamLife = absl::Seconds(60);

// Used by one thread at a time.
class SetpointWatch {
 public:
  static constexpr std::size_t kMaxDers = 10'000, kMessage = 1'000;

  // References outlive the watch.
  struct Parts {
    const store::ReadModel& fleet;
    SharedSheets& sheets;
    SetpointHub& hub;
    const base::Clock& clock;
    server::Archive& archive;
    SentInstructions& sent;
  };
  struct Scope {
    domain::Caller caller;
    std::vector<std::string> der_ids;  // empty: all that the caller speaks for
    std::string resume_token;
  };
  SetpointWatch(Parts parts, Scope scope, std::function<void()> wake);

  // When true, others may read for it until Next is called.
  bool NeedsDatabase() const;
  // What to tell now; nothing when all is told. At the beginning NOT_FOUND DER_NOT_FOUND, PERMISSION_DENIED
  // UNAUTHORIZED of a DER that is named; RESOURCE_EXHAUSTED TOO_MANY_DERS; the errors of the queries.
  absl::StatusOr<std::optional<v1::WatchSetpointsResponse>> Next(absl::Time deadline);
  v1::WatchSetpointsResponse Heartbeat();

 private:
  struct Told {
    DerPtr der;
    SetpointDigest digest = 0;  // of what was told of it last
  };

  bool OnlyOrders() const;
  absl::Status Look(std::uint32_t at, absl::Time deadline);
  absl::Status FindDers(absl::Time deadline);
  absl::StatusOr<std::vector<DerPtr>> AllSpokenFor() const;
  absl::StatusOr<std::vector<DerPtr>> Named(absl::Time deadline) const;
  void Replace(std::vector<DerPtr> ders);
  std::optional<v1::WatchSetpointsResponse> NewOrders();
  absl::Status Resolve(absl::Time deadline);
  void Compare(Told& told, const domain::EffectiveSetpoint& setpoint, const std::vector<domain::Control>& controls);
  void LeaveOutWhatIsKnown();
  void DiscardUnsent();
  std::optional<v1::WatchSetpointsResponse> TakeUnsent();
  void Stamp(v1::WatchSetpointsResponse& message);
  bool BindsAll(const domain::EmergencyOrder& order, const domain::RegionTree& regions) const;

  const Parts parts_;
  const Scope scope_;
  const std::function<void()> wake_;
  const std::shared_ptr<SetpointMember> member_;
  const SharedSheets::ReaderPtr reader_;
  mutable bool held_back_ = false;                                 // by the hub, until it wakes the stream again
  std::uint32_t pending_ = kMembershipChanged | kControlsChanged;  // what is still to be looked at
  bool found_ders_ = false;
  bool begun_ = false;           // the first set-points were resolved
  bool owes_completion_ = true;  // something was told since the last `complete`
  std::vector<Told> told_;       // by DER id
  SentInstructions::Keys keys_ = std::make_shared<std::vector<base::DerKey>>();  // of the same
  ToldSetpoints buckets_;
  std::set<std::string> announced_;  // live orders that were told of as such
  std::deque<v1::Setpoint> unsent_;
  std::vector<std::string> removed_;
};

}  // namespace derms::emergency
