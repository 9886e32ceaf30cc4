// Numbers and words for people.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace derms::dermsctl {

// "1,163.6"; -0.0 prints as 0; NaN and infinities print as "-".
std::string FormatNumber(double value, int decimals);
std::string FormatCount(std::int64_t value);
// What a terminal would take for a command (escape, bell, ...) becomes '?': the text came over the network.
std::string Printable(std::string_view text);
// Characters of a UTF-8 text, for alignment.
std::size_t DisplayWidth(std::string_view text);

}  // namespace derms::dermsctl
