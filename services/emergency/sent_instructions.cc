#include "services/emergency/sent_instructions.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "absl/time/clock.h"
#include "libs/base/ids.h"
#include "services/emergency/control_convert.h"

namespace derms::emergency {
namespace {

constexpr absl::Duration kDatabaseTimeout = absl::Seconds(5);

auto Place(const store::InstructionsSent::Name& name) {
  return std::tie(name.der_key, name.source, name.control_id);
}

}  // namespace

SentInstructions::SentInstructions(store::Committer& committer, const base::Clock& clock, absl::Duration every)
    : committer_(committer), clock_(clock) {
  if (every == absl::InfiniteDuration()) return;
  loop_ = std::make_unique<store::BackgroundLoop>([this, every] {
    Write();
    return every;
  });
}

void SentInstructions::Note(const v1::Setpoint& setpoint) {
  using enum domain::ControlSource;
  const domain::ControlSource source = FromProto(setpoint.source());
  if (source != kOperator && source != kOwner && source != kEmergency) return;
  store::InstructionsSent::Name name{base::DerKeyOf(setpoint.der_id()), source, setpoint.control_id()};
  const absl::MutexLock lock(&mutex_);
  if (noted_.size() < kMaxNoted) noted_.push_back(std::move(name));
}

void SentInstructions::NoteOrder(const std::string& emergency_id, Keys ders) {
  const absl::Time due = clock_.Now() + kAgainAfter;
  const absl::MutexLock lock(&mutex_);
  if (order_ders_ + ders->size() > kMaxOrderDers) return;
  order_ders_ += ders->size();
  told_.push_back({due, emergency_id, std::move(ders)});
}

// Some DERs of orders that are due.
void SentInstructions::TakeOfOrders(std::deque<ToldOrder>& orders, absl::Time now, Names& names) {
  while (!orders.empty() && orders.front().due <= now && names.size() < kMaxOfOrders) {
    ToldOrder& order = orders.front();
    for (; order.next < order.ders->size() && names.size() < kMaxOfOrders; ++order.next) {
      names.push_back({(*order.ders)[order.next], domain::ControlSource::kEmergency, order.emergency_id});
    }
    if (order.next < order.ders->size()) return;
    if (order.last_look) {
      order_ders_ -= order.ders->size();
    } else {
      looked_at_.push_back({now + kLastLookAfter, std::move(order.emergency_id), std::move(order.ders), true});
    }
    orders.pop_front();
  }
}

SentInstructions::Names SentInstructions::Take() {
  const absl::Time now = clock_.Now();
  const auto count = static_cast<std::ptrdiff_t>(std::min(noted_.size(), kMaxWritten));
  std::vector<store::InstructionsSent::Name> names(std::make_move_iterator(noted_.begin()),
                                                   std::make_move_iterator(noted_.begin() + count));
  noted_.erase(noted_.begin(), noted_.begin() + count);
  const std::size_t fresh = names.size();
  for (; !again_.empty() && again_.front().first <= now && names.size() < kMaxWritten; again_.pop_front()) {
    names.push_back(std::move(again_.front().second));
  }
  for (std::size_t i = 0; i < fresh && again_.size() < kMaxNoted; ++i) {
    if (names[i].source == domain::ControlSource::kEmergency) again_.emplace_back(now + kAgainAfter, names[i]);
  }
  TakeOfOrders(told_, now, names);
  TakeOfOrders(looked_at_, now, names);
  return names;
}

void SentInstructions::Write() {
  Names names;
  {
    const absl::MutexLock lock(&mutex_);
    names = Take();
  }
  if (names.empty()) return;
  std::sort(names.begin(), names.end(), [](const auto& a, const auto& b) { return Place(a) < Place(b); });
  names.erase(
      std::unique(names.begin(), names.end(), [](const auto& a, const auto& b) { return Place(a) == Place(b); }),
      names.end());
  store::Mutation mutation;
  mutation.writes.push_back(store::InstructionsSent(domain::RoleAccess::System(), std::move(names), clock_.Now()));
  committer_.Commit(std::move(mutation), absl::Now() + kDatabaseTimeout, [](const auto&) {});
}

}  // namespace derms::emergency
