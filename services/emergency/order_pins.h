// What orders ask of single DERs: the one way for the expander, which writes it down, and for whoever tells a DER
// before that is done (control_sheet.h). So both say the same.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "libs/domain/control.h"
#include "libs/domain/holdings.h"
#include "libs/store/expansion.h"
#include "services/emergency/headroom_book.h"

namespace derms::emergency {

// One order, with those in force when it was given. Thread-safe; parts outlive it.
class OrderPins {
 public:
  OrderPins(domain::EmergencyOrder order, std::vector<domain::EmergencyOrder> before, HeadroomBook& book);

  const domain::EmergencyOrder& order() const { return order_; }
  // Those whose set-points this one's takes the place of: INJECT and ABSORB orders that began before it, the newest
  // first. Empty for other kinds.
  const std::vector<domain::EmergencyOrder>& older() const { return older_; }
  // As far as memory knows, without what older orders ask.
  domain::AroundStart AroundStartOf(const domain::Der& der) const;

 private:
  const domain::EmergencyOrder order_;
  domain::Holdings before_;
  std::vector<domain::EmergencyOrder> older_;
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

// What is written down of the set-point that an older order asks of the DER in question.
struct WrittenPin {
  std::optional<double> power_kw;
  bool settled = false;  // nothing will be written that is not yet
};
using WrittenPins = absl::FunctionRef<WrittenPin(const domain::EmergencyOrder& older)>;

using RecalledReadings = std::map<store::DerMoment, domain::ReadingPoint>;

// What orders ask of DERs, for one step or sheet. What an older order asks is what is written down; before that, it is
// computed as it will be written. Methods block on the database when they need an order that is not in the book.
// Errors of PinBook.
class OrderSetpoints {
 public:
  // All must outlive it. `recalled`: readings from before orders that memory does not know.
  OrderSetpoints(PinBook& book, const domain::RegionTree& regions, absl::Time deadline,
                 const RecalledReadings& recalled)
      : book_(book), regions_(regions), deadline_(deadline), recalled_(recalled) {}

  // What the order asks of the DER; none: it does not bind it, or asks nothing of it. `order` may be any form of it.
  absl::StatusOr<std::optional<domain::Control>> ControlFor(const domain::EmergencyOrder& order, const domain::Der& der,
                                                            WrittenPins written);
  // The same and the steps in which it gives the DER back.
  absl::StatusOr<std::vector<domain::Control>> ControlsFor(const domain::EmergencyOrder& order, const domain::Der& der,
                                                           WrittenPins written);
  // Whether anything of the last DER hangs on a power before an order that is not known: what is written down then may
  // be different, by whoever knows it.
  bool guessed() const { return guessed_; }
  // The moments of which a reading from before is needed for that and is not in memory, though the DER has reported
  // since.
  absl::Status AddUnknown(const domain::EmergencyOrder& order, const domain::Der& der, WrittenPins written,
                          std::vector<store::DerMoment>& moments);

 private:
  absl::StatusOr<const OrderPins*> PinsOf(const domain::EmergencyOrder& order);
  domain::AroundStart AroundStartOf(const OrderPins& pins, const domain::Der& der) const;
  const domain::ReadingPoint* Recalled(const domain::Der& der, absl::Time before) const;
  absl::StatusOr<domain::DerState> StateOf(const domain::EmergencyOrder& order, const domain::Der& der,
                                           WrittenPins written);
  absl::StatusOr<std::optional<double>> AskedKw(const OrderPins& pins, const domain::Der& der, WrittenPins written,
                                                int depth);
  absl::StatusOr<std::optional<double>> AskedBy(const domain::EmergencyOrder& older, const domain::Der& der,
                                                WrittenPins written, int depth);
  void BeginDer(const domain::Der& der);
  absl::Status AddUnknown(const OrderPins& pins, const domain::Der& der, WrittenPins written, int depth,
                          std::vector<store::DerMoment>& moments);

  PinBook& book_;
  const domain::RegionTree& regions_;
  const absl::Time deadline_;
  const RecalledReadings& recalled_;
  absl::flat_hash_map<std::string, std::shared_ptr<const OrderPins>> pins_;  // of this step or sheet
  // Of the last DER.
  std::optional<base::DerKey> der_key_;
  absl::flat_hash_map<std::string, std::optional<double>> asked_by_;  // by orders of which nothing is written down
  bool guessed_ = false;
};

}  // namespace derms::emergency
