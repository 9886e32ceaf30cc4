#include "libs/server/leadership.h"

#include "absl/time/clock.h"

namespace derms::server {
namespace {

constexpr absl::Duration kDatabaseTimeout = absl::Seconds(2);

}  // namespace

void Leadership::Start() {
  loop_ = std::make_unique<store::BackgroundLoop>([this] {
    Try();
    return options_.retry;
  });
}

void Leadership::Stop() {
  loop_.reset();
  const std::optional<store::Fence> held = fence();
  Note(std::nullopt, absl::InfinitePast());
  if (held)
    leases_.Release(held->lease_name, held->token, absl::Now() + kDatabaseTimeout).IgnoreError();  // it ends anyway
}

std::optional<store::Fence> Leadership::fence() const {
  const absl::MutexLock lock(&mutex_);
  if (!token_ || absl::Now() >= valid_until_) return std::nullopt;
  return store::Fence{options_.lease_name, *token_};
}

void Leadership::Try() {
  const absl::Time asked_at = absl::Now();
  const auto token = leases_.Acquire(options_.lease_name, options_.holder, options_.ttl, asked_at + kDatabaseTimeout);
  // Without an answer what was granted before still holds until its end.
  if (token.ok()) Note(*token, asked_at + options_.ttl);
}

void Leadership::Note(std::optional<std::int64_t> token, absl::Time valid_until) {
  const absl::MutexLock lock(&mutex_);
  if (token != token_) {
    logger_.Info("lease",
                 {{"name", options_.lease_name}, {"leading", token.has_value()}, {"token", token.value_or(0)}});
  }
  token_ = token;
  valid_until_ = valid_until;
}

}  // namespace derms::server
