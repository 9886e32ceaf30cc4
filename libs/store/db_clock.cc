#include "libs/store/db_clock.h"

#include <algorithm>
#include <chrono>

#include "libs/base/error.h"

namespace derms::store {
namespace {

std::int64_t SteadyMicros() {
  return std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

}  // namespace

DbClock::DbClock(Options options, Pool& pool)
    : options_(options),
      pool_(pool),
      steady_to_database_us_(absl::ToUnixMicros(options.machine_now()) - SteadyMicros()),
      loop_([this] {
        Measure().IgnoreError();  // goes on as it is
        return options_.measure_interval;
      }) {}

DbClock::~DbClock() {
  loop_.Stop();
}

absl::Time DbClock::Now() const {
  const bool measured = measured_.load(std::memory_order_acquire);  // before the offset: it is then the measured one
  const std::int64_t now_us = SteadyMicros() + steady_to_database_us_.load(std::memory_order_relaxed);
  if (!measured) return absl::FromUnixMicros(now_us);
  std::int64_t last_us = last_told_us_.load(std::memory_order_relaxed);
  while (last_us < now_us && !last_told_us_.compare_exchange_weak(last_us, now_us, std::memory_order_relaxed)) {
  }
  return absl::FromUnixMicros(std::max(last_us, now_us));
}

absl::Status DbClock::Measure() {
  static constexpr Statement kNow{"clock_now", "SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint"};
  std::int64_t sent_us = 0, received_us = 0, database_us = 0;
  const absl::Status status = pool_.Read(absl::Now() + options_.read_timeout, [&](Transaction& transaction) {
    sent_us = SteadyMicros();
    database_us = transaction.Run(kNow, Params()).Int(0, 0);
    received_us = SteadyMicros();
  });
  if (!status.ok()) return status;
  if (received_us - sent_us > absl::ToInt64Microseconds(options_.slowest_round_trip)) {
    return base::Unavailable("CLOCK_UNCERTAIN", "the database answered too slowly to tell the time by");
  }
  steady_to_database_us_ = database_us - (sent_us + received_us) / 2;
  measured_.store(true, std::memory_order_release);
  return absl::OkStatus();
}

absl::Duration DbClock::offset() const {
  return absl::Microseconds(steady_to_database_us_ + SteadyMicros() - absl::ToUnixMicros(options_.machine_now()));
}

}  // namespace derms::store
