// What orders ask of single DERs: the one way for the expander, which writes it down, and for whoever tells a DER
// before that is done (control_sheet.h). So both say the same.
#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "libs/domain/control.h"
#include "libs/domain/holdings.h"
#include "libs/store/expansion.h"
#include "services/emergency/headroom_book.h"

namespace derms::emergency {

// One order, with what the orders before it hold. Thread-safe; parts outlive it.
class OrderPins {
 public:
  OrderPins(domain::EmergencyOrder order, domain::Holdings before, HeadroomBook& book)
      : order_(std::move(order)), before_(std::move(before)), book_(book) {}

  // What it asks of the DER; none: it does not bind it, or asks nothing of it. `order` may be a newer form of the same
  // order.
  std::optional<domain::Control> ControlFor(const domain::EmergencyOrder& order, const domain::Der& der,
                                            const domain::RegionTree& regions) const;
  // The same and the steps in which it gives the DER back.
  std::vector<domain::Control> ControlsFor(const domain::EmergencyOrder& order, const domain::Der& der,
                                           const domain::RegionTree& regions) const;
  const domain::EmergencyOrder& order() const { return order_; }

 private:
  domain::DerState StateOf(const domain::Der& der) const;

  const domain::EmergencyOrder order_;
  const domain::Holdings before_;
  HeadroomBook& book_;
};

// Keeps those of the last orders that were asked about. Thread-safe.
class PinBook {
 public:
  static constexpr std::size_t kKept = 256;

  // Both must outlive it and what it gives.
  PinBook(store::Expansions& expansions, HeadroomBook& book) : expansions_(expansions), book_(book) {}

  // Blocks on the database the first time, of orders that are pinned.
  // Errors of Expansions.
  absl::StatusOr<std::shared_ptr<const OrderPins>> Of(const domain::EmergencyOrder& order, absl::Time deadline);

 private:
  std::shared_ptr<const OrderPins> Find(const std::string& emergency_id);

  store::Expansions& expansions_;
  HeadroomBook& book_;
  absl::Mutex mutex_;
  std::deque<std::shared_ptr<const OrderPins>> kept_ ABSL_GUARDED_BY(mutex_);  // the newest first
};

}  // namespace derms::emergency
