#include "libs/store/readings_before.h"

#include <utility>

#include "absl/container/flat_hash_map.h"
#include "libs/store/reading_chunks.h"
#include "libs/store/sql_array.h"

namespace derms::store {
namespace {

using domain::ReadingPoint;

constexpr std::size_t kMostJournalRows = 10'000;

class LastReadings {
 public:
  explicit LastReadings(const std::vector<DerMoment>& moments) {
    for (const DerMoment& each : moments) moments_of_[each.der_key].push_back(each.at);
  }
  // Of one time the later report counts, as everywhere.
  void Add(base::DerKey der_key, const ReadingPoint& point) {
    const auto asked = moments_of_.find(der_key);
    if (asked == moments_of_.end()) return;
    for (const absl::Time at : asked->second) {
      if (point.measured_at >= at) continue;
      const auto [best, is_first] = last_.try_emplace({der_key, at}, point);
      if (!is_first && best->second.measured_at <= point.measured_at) best->second = point;
    }
  }
  std::map<DerMoment, ReadingPoint> Take() { return std::move(last_); }

 private:
  absl::flat_hash_map<base::DerKey, std::vector<absl::Time>> moments_of_;
  std::map<DerMoment, ReadingPoint> last_;
};

}  // namespace

std::map<DerMoment, ReadingPoint> LastReadingsBefore(Transaction& transaction, const std::vector<DerMoment>& moments,
                                                     std::size_t most) {
  // The hour of the moment may begin with readings from after it: then the hour with readings before that has the last.
  static constexpr Statement kLast{
      "readings_before",
      "WITH size AS MATERIALIZED (SELECT coalesce(sum(reading_count), 0) <= $3 AND count(*) < $4 AS fits FROM (SELECT "
      "reading_count FROM reading_journal ORDER BY seq LIMIT $4) o) SELECT u.k, c.readings FROM size, "
      "unnest($1::bigint[], $2::timestamptz[]) AS u (k, t), LATERAL (SELECT h.readings FROM reading_chunk h WHERE "
      "h.der_key = u.k AND h.hour_at <= u.t ORDER BY h.hour_at DESC LIMIT 2) c WHERE size.fits UNION ALL SELECT NULL, "
      "j.readings FROM size, (SELECT readings FROM reading_journal ORDER BY seq LIMIT $4) j WHERE size.fits"};
  BigintArray keys;
  TimestampArray times;
  for (const DerMoment& each : moments) {
    keys.Add(each.der_key);
    times.Add(each.at);
  }
  const Rows rows = transaction.Run(kLast, Params().AddArray(keys).AddArray(times).Add(most).Add(kMostJournalRows));
  LastReadings last(moments);
  for (std::size_t row = 0; row < rows.size(); ++row) {
    if (rows.IsNull(row, 0)) {
      const auto batch = domain::DecodeJournal(rows.Bytes(row, 1));
      if (!batch) UnreadableRow("a row of the journal of readings is not in a form that this version knows");
      for (std::size_t i = 0; i < batch->points.size(); ++i) last.Add(batch->der_keys[i], batch->points[i]);
    } else {
      const auto points = domain::DecodeReadings(rows.Bytes(row, 1));
      if (!points) UnreadableRow("a row of the history of readings is not in a form that this version knows");
      for (const ReadingPoint& point : *points) last.Add(rows.Int(row, 0), point);
    }
  }
  return last.Take();
}

}  // namespace derms::store
