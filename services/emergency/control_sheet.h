// All that asks something of some DERs in a stretch of time: schedules, instructions, limits, defaults, orders,
// lock-outs.
#pragma once

#include <memory>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "libs/domain/control.h"
#include "libs/domain/der.h"
#include "libs/store/control_queries.h"
#include "libs/store/queries.h"
#include "libs/store/read_model.h"
#include "services/emergency/order_pins.h"

namespace derms::emergency {

using DerPtr = std::shared_ptr<const domain::Der>;

// Whoever is asked about: [from, until), as it was known at `known_at`. `now_known`: whether the DER's present state
// (MAINTENANCE) belongs to it.
struct SheetTime {
  absl::Time from, until;
  absl::Time known_at;
  bool now_known = true;
};

class ControlSheets {
 public:
  // All must outlive it.
  ControlSheets(const store::ReadModel& fleet, store::Queries& queries, store::ControlQueries& controls, PinBook& pins)
      : fleet_(fleet), queries_(queries), controls_(controls), pins_(pins) {}

  // The controls of each DER, in any order, by the place of the DER. Blocks on the database: two reads, whatever the
  // number of DERs. `guessed`, if given: whether what an order asks of a DER may become different within seconds, when
  // it is written down. Errors of the queries.
  absl::StatusOr<std::vector<std::vector<domain::Control>>> Collect(const std::vector<DerPtr>& ders,
                                                                    const SheetTime& time, absl::Time deadline,
                                                                    bool* guessed = nullptr) const;

 private:
  const store::ReadModel& fleet_;
  store::Queries& queries_;
  store::ControlQueries& controls_;
  PinBook& pins_;
};

// What the schedules in force say of a DER, as controls: one for each stretch of constant power of one run.
std::vector<domain::Control> ControlsOf(const domain::PlannedStates& planned, std::size_t der);

}  // namespace derms::emergency
