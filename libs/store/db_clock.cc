#include "libs/store/db_clock.h"

#include <algorithm>

#include "absl/time/clock.h"

namespace derms::store {
namespace {

constexpr absl::Duration kQueryTimeout = absl::Seconds(2);

absl::Time CutToMicroseconds(absl::Time time) {
  return absl::FromUnixMicros(absl::ToUnixMicros(time));
}

}  // namespace

DbClock::DbClock(Pool& pool, absl::Duration measure_every) : pool_(pool) {
  Measure();
  loop_ = std::make_unique<BackgroundLoop>([this, measure_every] {
    Measure();
    return measure_every;
  });
}

absl::Time DbClock::Now() const {
  absl::MutexLock lock(&mutex_);
  latest_ = std::max(latest_, CutToMicroseconds(absl::Now() + offset_));
  return latest_;
}

absl::Duration DbClock::offset() const {
  absl::MutexLock lock(&mutex_);
  return offset_;
}

void DbClock::Measure() {
  static constexpr Statement kNow{"now", "SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint"};
  absl::Time asked, answered, database;
  const absl::Status status = pool_.Read(absl::Now() + kQueryTimeout, [&](Transaction& transaction) {
    asked = absl::Now();
    database = transaction.Run(kNow, Params()).Micros(0, 0);
    answered = absl::Now();
  });
  if (!status.ok()) return;
  absl::MutexLock lock(&mutex_);
  offset_ = database - (asked + (answered - asked) / 2);
}

}  // namespace derms::store
