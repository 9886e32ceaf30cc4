#include "libs/store/housekeeping.h"

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "libs/store/advisory_locks.h"

namespace derms::store {
namespace {

constexpr absl::Duration kStepTimeout = absl::Seconds(10);

}  // namespace

Housekeeping::Housekeeping(Options options, Pool& pool)
    : options_(options), pool_(pool), loop_([this] {
        const auto removed = Step();
        return removed.ok() && *removed >= options_.rows_per_step ? absl::Milliseconds(100) : options_.pause;
      }) {}

Housekeeping::~Housekeeping() {
  loop_.Stop();
}

absl::StatusOr<std::size_t> Housekeeping::Step() {
  static constexpr Statement kRequests{"remove_requests",
                                       "DELETE FROM idempotency WHERE ctid = ANY (ARRAY (SELECT ctid FROM idempotency "
                                       "WHERE created_at < now() - $1 * interval '1 second' LIMIT $2))"};
  static constexpr Statement kMarkers{"remove_markers",
                                      "DELETE FROM batch_marker WHERE ctid = ANY (ARRAY (SELECT ctid FROM batch_marker "
                                      "WHERE created_at < now() - $1 * interval '1 second' LIMIT $2))"};
  std::size_t removed = 0;
  const absl::Status status =
      pool_.Run(Transaction::Kind::kReadWrite, absl::Now() + kStepTimeout, [&](Transaction& transaction) {
        const std::string lock = absl::StrCat("SELECT pg_try_advisory_xact_lock(", kHousekeepingLock, ")");
        if (!transaction.Execute(lock).Bool(0, 0)) return;
        const auto remove = [&](const Statement& statement, absl::Duration keep) {
          const auto params = Params().Add(absl::ToInt64Seconds(keep)).Add(options_.rows_per_step);
          removed += transaction.Run(statement, params).affected();
        };
        remove(kRequests, options_.keep_requests);
        remove(kMarkers, options_.keep_markers);
      });
  if (!status.ok()) return status;
  return removed;
}

}  // namespace derms::store
