#include "libs/server/call_budget.h"

#include <algorithm>

#include "absl/hash/hash.h"
#include "absl/strings/str_cat.h"
#include "libs/base/error.h"

namespace derms::server {
namespace {

constexpr std::uint64_t kShared = 0;
constexpr absl::Duration kSweepEvery = absl::Seconds(1);

}  // namespace

absl::Status CallBudget::Take(std::string_view subject, auth::Lane lane, absl::Time now) {
  if (limits_.calls_per_second == 0) return absl::OkStatus();
  const absl::Duration per_call = absl::Seconds(1) / limits_.calls_per_second;
  const absl::Duration burst = per_call * limits_.burst_calls;
  const std::uint64_t key = absl::HashOf(subject, static_cast<int>(lane));
  const absl::MutexLock lock(&mutex_);
  absl::Time& used_until = AccountOf(key, now);
  used_until = std::clamp(used_until, now, now + burst);  // never further ahead than a burst, whatever the clock did
  if (used_until + per_call > now + burst) {
    ++refused_;
    return base::ResourceExhausted(
               "RATE_LIMITED", absl::StrCat("more than ", limits_.calls_per_second,
                                            " calls per second of one caller: wait, use streams ",
                                            "or the bulk forms, or have the operator raise caller-calls-per-second"))
        .Metadata("calls_per_second", absl::StrCat(limits_.calls_per_second));
  }
  used_until += per_call;
  return absl::OkStatus();
}

absl::Time& CallBudget::AccountOf(std::uint64_t key, absl::Time now) {
  if (const auto found = used_until_.find(key); found != used_until_.end()) return found->second;
  if (used_until_.size() >= limits_.most_accounts && now - swept_at_ >= kSweepEvery) {
    absl::erase_if(used_until_, [now](const auto& account) { return account.second <= now; });
    swept_at_ = now;
  }
  return used_until_[used_until_.size() >= limits_.most_accounts ? kShared : key];
}

std::uint64_t CallBudget::refused() const {
  const absl::MutexLock lock(&mutex_);
  return refused_;
}

std::size_t CallBudget::accounts() const {
  const absl::MutexLock lock(&mutex_);
  return used_until_.size();
}

}  // namespace derms::server
