// The book of who owes what: the fleet's headroom, what live orders hold of it, and the plans made of both.
//
// Orders of one process know of each other before they are stored: a plan holds its shares from the moment it is made,
// until it turns out that it was not stored. Orders of other processes are found when a plan is stored that did not
// know of them (store::OrdersSeen); it is then made again. So no two orders ever share out the same headroom, whoever
// gives them and whichever process is killed: libs/domain/holdings.h says why, docs/adr/2026-11-26-headroom-book.md
// how.
#pragma once

#include <memory>
#include <set>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "libs/base/clock.h"
#include "libs/base/ids.h"
#include "libs/store/committer.h"
#include "libs/store/fleet_observer.h"
#include "services/emergency/fleet_columns.h"

namespace derms::emergency {

// Thread-safe.
class HeadroomBook final : public store::FleetObserver {
 public:
  // Both must outlive the book. The clock is the database's.
  HeadroomBook(const base::Clock& clock, base::IdSource& ids);

  // What a plan that is going to be stored holds. Dropped without a word, it gives it back.
  class Reservation {
   public:
    Reservation(HeadroomBook& book, std::string emergency_id) : book_(book), emergency_id_(std::move(emergency_id)) {}
    ~Reservation();
    Reservation(const Reservation&) = delete;
    Reservation& operator=(const Reservation&) = delete;
    void Settle(const absl::StatusOr<store::Committed>& outcome);  // how storing it has ended

   private:
    HeadroomBook& book_;
    const std::string emergency_id_;
    bool settled_ = false;
  };
  struct Planned {
    domain::EmergencyOrder order;  // from now on; all but issued_by, revision and number
    std::string planner;           // for store::EmergencyInsert
    store::OrdersSeen seen;
    std::shared_ptr<Reservation> reservation;  // null: it holds nothing, as an exercise
  };
  // Errors: those of domain::PlanOrder. Of an order that has its id already, which is then given: ABORTED
  // APPROVAL_UNDER_WAY while another plan for it waits for its outcome, FAILED_PRECONDITION APPROVAL_CLOSED once it is
  // in force.
  absl::StatusOr<Planned> Plan(const domain::EmergencyRequest& request, const std::string& emergency_id = "");
  absl::StatusOr<domain::EmergencyOrder> Rehearse(const domain::EmergencyRequest& request);  // holds nothing

  // How far the DERs of these orders are back now.
  domain::RestorationCount CountReturn(const FleetColumns::Orders& orders);

  // What the set-points of an order are pinned from, if they have not been yet; `before`: the orders in force when it
  // was given.
  domain::AroundStart AroundStartOf(std::string_view der_id, absl::Time start, const domain::Holdings& before);

  // store::FleetObserver
  void OnDer(const std::shared_ptr<const domain::Der>& der) override;
  void OnReading(const domain::Reading& reading) override;
  void OnRegions(const std::shared_ptr<const domain::RegionTree>& regions) override;
  void OnOrder(const domain::EmergencyOrder& order) override;
  void OnOrdersThrough(std::int64_t number) override;

 private:
  absl::StatusOr<domain::EmergencyOrder> MakeOrder(const domain::EmergencyRequest& request)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void GiveBack(const std::string& emergency_id, bool in_doubt);

  const base::Clock& clock_;
  base::IdSource& ids_;
  absl::Mutex mutex_;
  FleetColumns fleet_ ABSL_GUARDED_BY(mutex_);
  domain::Holdings live_ ABSL_GUARDED_BY(mutex_);
  std::set<std::string> unstored_ ABSL_GUARDED_BY(mutex_);  // orders planned here whose fate is not known
  // Whose orders are all in live_, stored or not.
  std::string planner_ ABSL_GUARDED_BY(mutex_);
  // Orders by their numbers, of any process: all up to the first, and some above.
  std::int64_t seen_through_ ABSL_GUARDED_BY(mutex_) = 0;
  std::set<std::int64_t> seen_beyond_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace derms::emergency
