// The readings of an hour of a DER, as they are stored. Internal to libs/store; functions throw (pg_error.h).
#pragma once

#include <map>
#include <set>
#include <utility>
#include <vector>

#include "libs/base/ids.h"
#include "libs/domain/reading_codec.h"
#include "libs/store/connection.h"

namespace derms::store {

struct DerHour {
  base::DerKey der_key = 0;
  absl::Time hour_at;
  bool operator<(const DerHour& other) const {
    return der_key != other.der_key ? der_key < other.der_key : hour_at < other.hour_at;
  }
  bool operator==(const DerHour&) const = default;
  DerHour Next() const { return {der_key, hour_at + absl::Hours(1)}; }
  DerHour Before() const { return {der_key, hour_at - absl::Hours(1)}; }
};
using Hours = std::map<DerHour, std::vector<domain::ReadingPoint>>;

// $1: their DERs, $2: the hours.
Params ParamsOf(const std::set<DerHour>& hours);

// The stored readings of these hours; those without any are absent.
Hours LoadChunks(Transaction& transaction, const std::set<DerHour>& hours);
// Which of these hours, that have no stored readings, were folded from some: these are no longer kept.
std::set<DerHour> ForgottenHours(Transaction& transaction, const std::set<DerHour>& without_chunk);
void StoreChunks(Transaction& transaction, const Hours& hours);

// Empty when there are none.
const std::vector<domain::ReadingPoint>& PointsOf(const Hours& hours, const DerHour& hour);

[[noreturn]] void UnreadableRow(const char* what);  // INTERNAL DATABASE_ERROR

}  // namespace derms::store
