#include "libs/store/reading_folder.h"

#include <array>
#include <map>
#include <set>
#include <utility>

#include "libs/domain/rollup.h"
#include "libs/store/compliance_folder.h"
#include "libs/store/event_codec.h"
#include "libs/store/reading_chunks.h"

namespace derms::store {
namespace {

using domain::HourRollup;
using domain::ReadingPoint;

constexpr std::size_t kMostRowsPerFold = 1000;

// Readings of the oldest rows, by hour and in the order of the journal; their numbers go to `sequences`.
Hours TakeJournal(Transaction& transaction, std::size_t most_readings, BigintArray& sequences, Folded& folded) {
  static constexpr Statement kOldest{
      "journal_oldest",
      "SELECT j.seq, j.readings FROM (SELECT seq, readings, sum(reading_count) OVER (ORDER BY seq) - reading_count "
      "AS before FROM (SELECT * FROM reading_journal ORDER BY seq LIMIT $1) o) j WHERE j.before < $2 ORDER BY j.seq"};
  const Rows rows = transaction.Run(kOldest, Params().Add(kMostRowsPerFold).Add(most_readings));
  Hours arrived;
  for (std::size_t row = 0; row < rows.size(); ++row) {
    sequences.Add(rows.Int(row, 0));
    auto batch = domain::DecodeJournal(rows.Bytes(row, 1));
    if (!batch) UnreadableRow("a row of the journal of readings is not in a form that this version knows");
    for (std::size_t i = 0; i < batch->points.size(); ++i) {
      const ReadingPoint& point = batch->points[i];
      arrived[{batch->der_keys[i], domain::HourOf(point.measured_at)}].push_back(point);
    }
    folded.readings += batch->points.size();
  }
  folded.rows = rows.size();
  return arrived;
}

// Columns of reading_hour for unnest, in their order.
class HourArrays {
 public:
  void Add(base::DerKey key, const HourRollup& hour) {
    keys_.Add(key);
    times_.Add(hour.hour_at);
    samples_.Add(hour.sample_count);
    AddSums(hour);
    std::size_t column = 0;
    for (std::size_t i = 1; i < hour.quality_seconds.size(); ++i) {
      reals_[column++].Add(static_cast<float>(hour.quality_seconds[i]));
    }
    std::size_t number = 0;
    for (const auto& value :
         {hour.min_power_kw, hour.max_power_kw, hour.voltage_outside_seconds, hour.state_of_charge_kwh}) {
      numbers_[number++].Add(value);
    }
    for (const domain::HeldQuantity& quantity : {hour.voltage_v, hour.frequency_hz}) {
      for (const double value : {quantity.min, quantity.max, quantity.mean}) {
        const auto known = static_cast<float>(value);
        reals_[column++].Add(quantity.known_seconds > 0 ? std::optional(known) : std::nullopt);
      }
    }
  }
  Params Take() {
    Params params;
    params.AddArray(keys_).AddArray(times_);
    for (DoubleArray& sums : sums_) params.AddArray(sums);
    params.AddArray(samples_);
    for (std::size_t i = 0; i < 4; ++i) params.AddArray(reals_[i]);
    for (DoubleArray& numbers : numbers_) params.AddArray(numbers);
    for (std::size_t i = 4; i < reals_.size(); ++i) params.AddArray(reals_[i]);
    return params;
  }

 private:
  void AddSums(const HourRollup& hour) {
    double reported = 0;
    for (const double seconds : hour.quality_seconds) reported += seconds;
    std::size_t column = 0;
    for (const double sum : {hour.covered_seconds, hour.generated_kwh, hour.consumed_kwh,
                             hour.frequency_hz.known_seconds, hour.frequency_outside_seconds, hour.deviation_seconds,
                             hour.support_kwh, reported, hour.quality_seconds[0], hour.voltage_v.known_seconds}) {
      sums_[column++].Add(sum);
    }
  }

  BigintArray keys_;
  TimestampArray times_;
  IntegerArray samples_;
  std::array<DoubleArray, 10> sums_;
  std::array<DoubleArray, 4> numbers_;
  std::array<RealArray, 10> reals_;
};

void StoreHours(Transaction& transaction, HourArrays& arrays) {
  static constexpr Statement kStore{
      "hours_store",
      "INSERT INTO reading_hour AS r SELECT * FROM unnest($1::bigint[], $2::timestamptz[], $3::float8[], $4::float8[], "
      "$5::float8[], $6::float8[], $7::float8[], $8::float8[], $9::float8[], $10::float8[], $11::float8[], "
      "$12::float8[], $13::int[], $14::real[], $15::real[], $16::real[], $17::real[], $18::float8[], $19::float8[], "
      "$20::float8[], $21::float8[], $22::real[], $23::real[], $24::real[], $25::real[], $26::real[], $27::real[]) "
      "ON CONFLICT (der_key, hour_at) DO UPDATE SET "
      "covered_seconds = excluded.covered_seconds, generated_kwh = excluded.generated_kwh, "
      "consumed_kwh = excluded.consumed_kwh, frequency_seconds = excluded.frequency_seconds, "
      "frequency_outside_seconds = excluded.frequency_outside_seconds, "
      "deviation_seconds = excluded.deviation_seconds, support_kwh = excluded.support_kwh, "
      "reported_seconds = excluded.reported_seconds, valid_seconds = excluded.valid_seconds, "
      "voltage_seconds = excluded.voltage_seconds, sample_count = excluded.sample_count, "
      "estimated_seconds = excluded.estimated_seconds, stale_seconds = excluded.stale_seconds, "
      "invalid_seconds = excluded.invalid_seconds, substituted_seconds = excluded.substituted_seconds, "
      "min_power_kw = excluded.min_power_kw, max_power_kw = excluded.max_power_kw, "
      "voltage_outside_seconds = excluded.voltage_outside_seconds, "
      "state_of_charge_kwh = excluded.state_of_charge_kwh, min_voltage_v = excluded.min_voltage_v, "
      "max_voltage_v = excluded.max_voltage_v, mean_voltage_v = excluded.mean_voltage_v, "
      "min_frequency_hz = excluded.min_frequency_hz, max_frequency_hz = excluded.max_frequency_hz, "
      "mean_frequency_hz = excluded.mean_frequency_hz"};
  transaction.Run(kStore, arrays.Take());
}

std::set<DerHour> AroundAll(const Hours& arrived) {
  std::set<DerHour> around;
  for (const auto& [hour, points] : arrived) around.insert({hour.Before(), hour, hour.Next()});
  return around;
}

// The hours whose readings changed, and those into which these reach.
std::set<DerHour> ToFold(const Hours& arrived) {
  std::set<DerHour> hours;
  for (const auto& [hour, points] : arrived) hours.insert({hour, hour.Next()});
  return hours;
}

// Takes out readings whose hour, or one beside it, was folded from readings that are no longer kept: what is folded
// anew would lose these. How many.
std::size_t DropTooLate(Transaction& transaction, const Hours& stored, Hours& arrived) {
  std::set<DerHour> without_chunk;
  for (const DerHour& hour : AroundAll(arrived)) {
    if (stored.count(hour) == 0) without_chunk.insert(hour);
  }
  const std::set<DerHour> forgotten = ForgottenHours(transaction, without_chunk);
  std::size_t dropped = 0;
  const auto is_too_late = [&](const auto& each) {
    const DerHour& hour = each.first;
    return forgotten.count(hour) + forgotten.count(hour.Before()) + forgotten.count(hour.Next()) > 0;
  };
  for (auto each = arrived.begin(); each != arrived.end();) {
    if (!is_too_late(*each)) {
      ++each;
      continue;
    }
    dropped += each->second.size();
    each = arrived.erase(each);
  }
  return dropped;
}

// Hours of the readings and those into which they reach, with the nominal voltage that the newest nameplate has.
void FoldHours(Transaction& transaction, const Hours& hours, const std::set<DerHour>& to_fold, const Grids& grids) {
  HourArrays arrays;
  for (const DerHour& hour : to_fold) {
    const DerHour hour_before = hour.Before();
    const auto& before = PointsOf(hours, hour_before);
    const auto grid = grids.find(hour.der_key);
    const auto rollup =
        domain::FoldHour(hour.hour_at, before.empty() ? std::nullopt : std::optional(before.back()),
                         PointsOf(hours, hour), grid == grids.end() ? std::nullopt : grid->second.nominal_voltage_v);
    if (rollup) arrays.Add(hour.der_key, *rollup);
  }
  StoreHours(transaction, arrays);
}

}  // namespace

Folded FoldJournalRows(Transaction& transaction, std::size_t most_readings, ReadingJudge* judge) {
  static constexpr Statement kDelete{"journal_delete", "DELETE FROM reading_journal WHERE seq = ANY ($1::bigint[])"};
  Folded folded;
  BigintArray sequences;
  Hours arrived = TakeJournal(transaction, most_readings, sequences, folded);
  Hours due = judge == nullptr ? Hours() : TakeDue(transaction);
  if (folded.rows == 0 && due.empty()) return folded;
  std::set<DerHour> around = AroundAll(arrived);
  around.merge(AroundAll(due));
  Hours hours = LoadChunks(transaction, around);
  folded.too_late = DropTooLate(transaction, hours, arrived);
  Hours changed;
  for (auto& [hour, points] : arrived) {
    domain::MergeReadings(hours[hour], std::move(points));
    changed[hour] = hours[hour];
  }
  StoreChunks(transaction, changed);
  std::set<DerHour> touched = ToFold(changed);
  const Grids grids = LoadGrids(transaction, around);
  FoldHours(transaction, hours, touched, grids);
  touched.merge(ToFold(due));
  if (judge != nullptr) JudgeHours(transaction, *judge, grids, touched, std::move(hours));
  transaction.Run(kDelete, Params().AddArray(sequences));
  return folded;
}

Folded FoldStatusEvents(Transaction& transaction, std::size_t most_events) {
  static constexpr Statement kRead{"fold_events",
                                   "SELECT c.seq, e.stored_bytes FROM fold_cursor f JOIN event_chain c ON c.seq > "
                                   "f.through_sequence JOIN event e ON e.xid = c.xid AND e.ordinal = c.ordinal "
                                   "ORDER BY c.seq LIMIT $1"};
  static constexpr Statement kStore{
      "fold_statuses",
      "INSERT INTO status_change (der_key, changed_at, status) SELECT * FROM unnest($1::bigint[], $2::timestamptz[], "
      "$3::smallint[]) ON CONFLICT (der_key, changed_at) DO UPDATE SET status = excluded.status"};
  static constexpr Statement kMove{"fold_cursor_move", "UPDATE fold_cursor SET through_sequence = $1"};
  const Rows rows = transaction.Run(kRead, Params().Add(most_events));
  if (rows.empty()) return {};
  std::map<std::pair<base::DerKey, std::int64_t>, int> statuses;  // of one instant the last
  for (std::size_t row = 0; row < rows.size(); ++row) {
    const auto event = EventOfCanonicalBytes(rows.Bytes(row, 1));
    if (!event || !event->der_id) continue;
    std::optional<int> status;
    if (event->type == domain::EventType::kDerRegistered) status = static_cast<int>(domain::DerStatus::kOffline);
    if (event->type == domain::EventType::kDerRetired) status = 0;
    if (event->type == domain::EventType::kDerStatusUpdated && event->new_status) {
      status = static_cast<int>(*event->new_status);
    }
    if (!status) continue;
    statuses[{base::DerKeyOf(*event->der_id), absl::ToUnixMicros(event->occurred_at)}] = *status;
  }
  BigintArray keys;
  TimestampArray times;
  SmallintArray values;
  for (const auto& [place, status] : statuses) {
    keys.Add(place.first);
    times.Add(absl::FromUnixMicros(place.second));
    values.Add(status);
  }
  if (!statuses.empty()) transaction.Run(kStore, Params().AddArray(keys).AddArray(times).AddArray(values));
  transaction.Run(kMove, Params().Add(rows.Int(rows.size() - 1, 0)));
  return {.rows = rows.size()};
}

}  // namespace derms::store
