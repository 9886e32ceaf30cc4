#include "libs/store/catch_up.h"

#include "absl/time/clock.h"
#include "libs/base/error.h"

namespace derms::store {
namespace {

constexpr absl::Duration kPause = absl::Milliseconds(5);

absl::Status MemoryBehind() {
  return base::Unavailable("MEMORY_BEHIND", "changes of other processes have not arrived here in time; ask again");
}

}  // namespace

absl::Status CatchUp::Await(absl::Time deadline) const {
  ASSIGN_OR_RETURN(const Place newest, NewestCommitted(deadline));
  std::int64_t sequence = -1;
  while (true) {
    if (sequence < 0) {
      const auto reached = SequenceBehind(newest, deadline);
      if (absl::IsDeadlineExceeded(reached.status())) return MemoryBehind();
      ASSIGN_OR_RETURN(sequence, reached);
    }
    if (sequence >= 0 && follower_.sequence() >= sequence) return absl::OkStatus();
    if (absl::Now() + kPause >= deadline) return MemoryBehind();
    absl::SleepFor(kPause);
  }
}

absl::StatusOr<CatchUp::Place> CatchUp::NewestCommitted(absl::Time deadline) const {
  static constexpr Statement kNewest{"newest_event",
                                     "SELECT e.xid::text, e.ordinal FROM event e "
                                     "ORDER BY e.xid DESC, e.ordinal DESC LIMIT 1"};  // as numbers: e.xid, not its text
  Place place;
  const absl::Status status = pool_.Read(deadline, [&](Transaction& transaction) {
    const Rows rows = transaction.Run(kNewest, Params());
    if (!rows.empty()) place = {rows.Text(0, 0), rows.Int(0, 1)};
  });
  if (!status.ok()) return status;
  return place;
}

absl::StatusOr<std::int64_t> CatchUp::SequenceBehind(const Place& place, absl::Time deadline) const {
  static constexpr Statement kEnd{"chain_end_behind",
                                  "SELECT c.seq, (c.xid, c.ordinal) >= ($1::xid8, $2::bigint) FROM event_chain c "
                                  "ORDER BY c.seq DESC LIMIT 1"};
  if (place.xid == "0") return 0;  // nothing has ever happened
  std::int64_t sequence = -1;
  const absl::Status status = pool_.Read(deadline, [&](Transaction& transaction) {
    const Rows rows = transaction.Run(kEnd, Params().Add(place.xid).Add(place.ordinal));
    sequence = !rows.empty() && rows.Bool(0, 1) ? rows.Int(0, 0) : -1;
  });
  if (!status.ok()) return status;
  return sequence;
}

}  // namespace derms::store
