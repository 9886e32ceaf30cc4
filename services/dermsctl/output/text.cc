#include "services/dermsctl/output/text.h"

#include <algorithm>
#include <cmath>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace derms::dermsctl {
namespace {

std::string WithThousands(std::string digits) {
  for (std::size_t place = std::min(digits.find('.'), digits.size()); place > 3;) {
    place -= 3;
    digits.insert(place, 1, ',');
  }
  return digits;
}

}  // namespace

std::string FormatNumber(double value, int decimals) {
  if (!std::isfinite(value)) return "-";
  const std::string digits = absl::StrFormat("%.*f", decimals, std::abs(value));
  const bool zero = digits.find_first_not_of("0.") == std::string::npos;
  return absl::StrCat(value < 0 && !zero ? "-" : "", WithThousands(digits));
}

std::string FormatCount(std::int64_t value) {
  return FormatNumber(static_cast<double>(value), 0);
}

std::string Printable(std::string_view text) {
  std::string clean(text);
  for (std::size_t i = 0; i < clean.size(); ++i) {
    const auto c = static_cast<unsigned char>(clean[i]);
    const bool c1_control = c == 0xC2 && i + 1 < clean.size() && static_cast<unsigned char>(clean[i + 1]) < 0xA0;
    if (c < 0x20 || c == 0x7f || c1_control) clean[i] = '?';
    if (c1_control) clean.erase(i + 1, 1);
  }
  return clean;
}

std::size_t DisplayWidth(std::string_view text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](unsigned char c) { return (c & 0xC0) != 0x80; }));
}

}  // namespace derms::dermsctl
