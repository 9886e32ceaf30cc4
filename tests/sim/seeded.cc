#include "tests/sim/seeded.h"

#include <cmath>
#include <string>

#include "absl/strings/str_cat.h"
#include "libs/base/ids.h"

namespace derms::sim {

double Chance(std::uint64_t seed, std::initializer_list<std::string_view> names) {
  std::string text = absl::StrCat(seed);
  for (const std::string_view name : names) absl::StrAppend(&text, "\n", std::string(name));
  const auto bits = static_cast<std::uint64_t>(base::DerKeyOf(text));  // SHA-256: the same everywhere
  return static_cast<double>(bits >> 11) * 0x1p-53;
}

double Drift(std::uint64_t seed, std::string_view what, std::string_view whose, absl::Time now) {
  const double place = absl::FDivDuration(now - absl::UnixEpoch(), kDrift);
  const auto at = static_cast<std::int64_t>(std::floor(place));
  const double part = place - std::floor(place);
  const double before = Chance(seed, {what, whose, absl::StrCat(at)});
  const double after = Chance(seed, {what, whose, absl::StrCat(at + 1)});
  return std::lerp(before, after, part * part * (3 - 2 * part));
}

}  // namespace derms::sim
