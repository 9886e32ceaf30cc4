#include "services/emergency/headroom_book.h"

#include <utility>

#include "libs/base/error.h"

namespace derms::emergency {

HeadroomBook::HeadroomBook(const base::Clock& clock, base::IdSource& ids)
    : clock_(clock), ids_(ids), planner_(ids.NewId()) {}

HeadroomBook::Reservation::~Reservation() {
  if (!settled_) book_.GiveBack(emergency_id_, false);
}

void HeadroomBook::Reservation::Settle(const absl::StatusOr<store::Committed>& outcome) {
  settled_ = true;
  if (outcome.ok() && !outcome->replayed) return;  // OnOrder has told so
  book_.GiveBack(emergency_id_, base::ReasonOf(outcome.status()) == "IN_DOUBT");
}

absl::StatusOr<domain::EmergencyOrder> HeadroomBook::MakeOrder(const domain::EmergencyRequest& request) {
  const absl::Time now = clock_.Now();
  live_.DropEnded(now);
  ASSIGN_OR_RETURN(const domain::EmergencyKind kind, domain::CheckEmergencyRequest(request));
  const FleetColumns::Scope scope{.der_id = request.der_id, .region_id = request.region_id};
  return domain::PlanOrder(request, fleet_.Count(kind, scope, now, request.duration, live_), now);
}

absl::StatusOr<domain::EmergencyOrder> HeadroomBook::Rehearse(const domain::EmergencyRequest& request) {
  const absl::MutexLock lock(&mutex_);
  return MakeOrder(request);
}

absl::StatusOr<HeadroomBook::Planned> HeadroomBook::Plan(const domain::EmergencyRequest& request,
                                                         const std::string& emergency_id) {
  const absl::MutexLock lock(&mutex_);
  if (unstored_.count(emergency_id) > 0) {
    return base::Aborted("APPROVAL_UNDER_WAY", "somebody else is approving this order just now; GetEmergency tells");
  }
  if (live_.Knows(emergency_id)) {  // giving a second plan back would take the stored order out of the book
    return base::FailedPrecondition("APPROVAL_CLOSED", "the order was approved meanwhile; GetEmergency tells by whom");
  }
  ASSIGN_OR_RETURN(domain::EmergencyOrder order, MakeOrder(request));
  order.emergency_id = emergency_id.empty() ? ids_.NewId() : emergency_id;
  Planned planned;
  planned.planner = planner_;
  planned.seen = {.through = seen_through_, .beyond = {seen_beyond_.begin(), seen_beyond_.end()}};
  if (!order.exercise) {
    live_.Put(order);
    unstored_.insert(order.emergency_id);
    planned.reservation = std::make_shared<Reservation>(*this, order.emergency_id);
  }
  planned.order = std::move(order);
  return planned;
}

// Of an order in doubt nobody knows whether it is or will be stored. Under a new name this process no longer vouches
// for it: should it be there, the next plan is found not to know of it.
void HeadroomBook::GiveBack(const std::string& emergency_id, bool in_doubt) {
  const absl::MutexLock lock(&mutex_);
  if (unstored_.erase(emergency_id) == 0) return;
  live_.Remove(emergency_id);
  if (in_doubt) planner_ = ids_.NewId();
}

domain::RestorationCount HeadroomBook::CountReturn(const FleetColumns::Orders& orders) {
  const absl::MutexLock lock(&mutex_);
  return fleet_.CountReturn(orders, clock_.Now());
}

domain::AroundStart HeadroomBook::AroundStartOf(std::string_view der_id, absl::Time start,
                                                const domain::Holdings& before) {
  const absl::MutexLock lock(&mutex_);
  return fleet_.AroundStartOf(der_id, start, before);
}

void HeadroomBook::OnDer(const std::shared_ptr<const domain::Der>& der) {
  const absl::MutexLock lock(&mutex_);
  fleet_.PutDer(der);
}

void HeadroomBook::OnReading(const domain::Reading& reading) {
  const absl::MutexLock lock(&mutex_);
  fleet_.PutReading(reading, live_, clock_.Now());
}

void HeadroomBook::OnRegions(const std::shared_ptr<const domain::RegionTree>& regions) {
  const absl::MutexLock lock(&mutex_);
  fleet_.PutRegions(regions);
}

void HeadroomBook::OnOrder(const domain::EmergencyOrder& order) {
  const absl::MutexLock lock(&mutex_);
  // What was planned here is not what is stored when another process has approved the same request.
  if (unstored_.erase(order.emergency_id) > 0) live_.Remove(order.emergency_id);
  live_.Put(order);
  if (order.IsLiveAt(clock_.Now())) {
    fleet_.KeepBefore(order);
  } else {
    fleet_.ForgetBefore(order.emergency_id);
  }
  if (order.number <= seen_through_) return;
  seen_beyond_.insert(order.number);
  while (seen_beyond_.erase(seen_through_ + 1) > 0) ++seen_through_;
}

void HeadroomBook::OnOrdersThrough(std::int64_t number) {
  const absl::MutexLock lock(&mutex_);
  if (number <= seen_through_) return;
  seen_through_ = number;
  seen_beyond_.erase(seen_beyond_.begin(), seen_beyond_.upper_bound(number));
  while (seen_beyond_.erase(seen_through_ + 1) > 0) ++seen_through_;
}

}  // namespace derms::emergency
