#include "services/emergency/expiry.h"

#include <optional>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "libs/base/error.h"
#include "services/emergency/order_event.h"

namespace derms::emergency {
namespace {

constexpr std::size_t kPage = 1000;
constexpr absl::Duration kDatabaseTimeout = absl::Seconds(5);

}  // namespace

void Expiry::Start(absl::Duration interval) {
  thread_ = std::thread([this, interval] { Run(interval); });
}

void Expiry::Stop() {
  {
    absl::MutexLock lock(&mutex_);
    stopping_ = true;
  }
  if (thread_.joinable()) thread_.join();
}

absl::StatusOr<int> Expiry::EndOverdue() {
  const absl::Time now = clock_.Now();
  std::optional<std::pair<absl::Time, std::string>> before;
  int ended = 0;
  while (true) {
    // "Active" is what is stored: orders past their end are among them until somebody writes their end down.
    ASSIGN_OR_RETURN(auto orders, queries_.ListEmergencies(true, before, kPage, absl::Now() + kDatabaseTimeout));
    for (domain::EmergencyOrder& order : orders) {
      before = {order.starts_at, order.emergency_id};
      if (order.StateAt(now) != domain::EmergencyState::kExpired) continue;
      End(std::move(order));
      ++ended;
    }
    if (orders.size() < kPage) return ended;
  }
}

// Nobody waits for the outcome: an order that could not be ended now is found again with the next look.
void Expiry::End(domain::EmergencyOrder order) {
  order.state = domain::EmergencyState::kExpired;
  order.ended_at = order.ends_at;
  ++order.revision;
  domain::Event event =
      DraftOrderEvent(order, domain::EventType::kEmergencyEnded, fleet_, ids_,
                      absl::StrCat("The emergency order for ", ScopeText(order), " ended at its time."));
  event.occurred_at = order.ends_at;
  event.actor = "system";
  store::Mutation mutation;
  mutation.events.push_back(std::move(event));
  mutation.writes.push_back(store::EmergencyEnd(domain::RoleAccess::System(), std::move(order)));
  committer_.Commit(std::move(mutation), absl::Now() + kDatabaseTimeout, [](const auto&) {});
}

void Expiry::Run(absl::Duration interval) {
  const auto stopping = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return stopping_; };
  do {
    EndOverdue().IgnoreError();  // the database being away shows in readiness and metrics; the loop goes on
    absl::MutexLock lock(&mutex_);
    if (mutex_.AwaitWithTimeout(absl::Condition(&stopping), interval)) return;
  } while (true);
}

}  // namespace derms::emergency
