#include "tests/sim/seeded.h"

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

}  // namespace derms::sim
