// The readings of an hour of a DER, as they are stored. Internal to libs/store; functions throw (pg_error.h).
#pragma once

#include <compare>
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
  auto operator<=>(const DerHour& other) const {
    return std::pair(der_key, absl::ToUnixMicros(hour_at)) <=>
           std::pair(other.der_key, absl::ToUnixMicros(other.hour_at));
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
void StoreChunks(Transaction& transaction, const Hours& hours);

// Empty when there are none.
const std::vector<domain::ReadingPoint>& PointsOf(const Hours& hours, const DerHour& hour);

[[noreturn]] void UnreadableRow(const char* what);  // INTERNAL DATABASE_ERROR

}  // namespace derms::store
