#include "libs/store/reading_chunks.h"

#include "libs/base/error.h"
#include "libs/store/pg_error.h"

namespace derms::store {

void UnreadableRow(const char* what) {
  throw StatusError(base::Internal("DATABASE_ERROR", what));
}

Params ParamsOf(const std::set<DerHour>& hours) {
  BigintArray keys;
  TimestampArray times;
  for (const DerHour& hour : hours) {
    keys.Add(hour.der_key);
    times.Add(hour.hour_at);
  }
  return std::move(Params().AddArray(keys).AddArray(times));
}

Hours LoadChunks(Transaction& transaction, const std::set<DerHour>& hours) {
  static constexpr Statement kLoad{
      "chunks_load",
      "SELECT c.der_key, (extract(epoch FROM c.hour_at) * 1000000)::bigint, c.readings FROM "
      "unnest($1::bigint[], $2::timestamptz[]) AS u (k, h) JOIN reading_chunk c ON c.der_key = u.k AND c.hour_at = "
      "u.h"};
  const Rows rows = transaction.Run(kLoad, ParamsOf(hours));
  Hours stored;
  for (std::size_t row = 0; row < rows.size(); ++row) {
    auto points = domain::DecodeReadings(rows.Bytes(row, 2));
    if (!points) UnreadableRow("a row of the history of readings is not in a form that this version knows");
    stored[{rows.Int(row, 0), rows.Micros(row, 1)}] = *std::move(points);
  }
  return stored;
}

std::set<DerHour> ForgottenHours(Transaction& transaction, const std::set<DerHour>& without_chunk) {
  static constexpr Statement kForgotten{
      "hours_forgotten",
      "SELECT r.der_key, (extract(epoch FROM r.hour_at) * 1000000)::bigint FROM unnest($1::bigint[], "
      "$2::timestamptz[]) AS u (k, h) JOIN reading_hour r ON r.der_key = u.k AND r.hour_at = u.h WHERE "
      "r.sample_count > 0"};
  std::set<DerHour> forgotten;
  if (without_chunk.empty()) return forgotten;
  const Rows rows = transaction.Run(kForgotten, ParamsOf(without_chunk));
  for (std::size_t row = 0; row < rows.size(); ++row) forgotten.insert({rows.Int(row, 0), rows.Micros(row, 1)});
  return forgotten;
}

void StoreChunks(Transaction& transaction, const Hours& hours) {
  static constexpr Statement kStore{
      "chunks_store",
      "INSERT INTO reading_chunk (der_key, hour_at, readings) SELECT * FROM unnest($1::bigint[], $2::timestamptz[], "
      "$3::bytea[]) ON CONFLICT (der_key, hour_at) DO UPDATE SET readings = excluded.readings"};
  BigintArray keys;
  TimestampArray times;
  ByteaArray readings;
  for (const auto& [hour, points] : hours) {
    keys.Add(hour.der_key);
    times.Add(hour.hour_at);
    readings.Add(domain::EncodeReadings(points));
  }
  transaction.Run(kStore, Params().AddArray(keys).AddArray(times).AddArray(readings));
}

const std::vector<domain::ReadingPoint>& PointsOf(const Hours& hours, const DerHour& hour) {
  static const std::vector<domain::ReadingPoint> kNone;
  const auto found = hours.find(hour);
  return found == hours.end() ? kNone : found->second;
}

}  // namespace derms::store
