#include "libs/store/float_array.h"

#include <charconv>
#include <limits>

#include "libs/base/error.h"
#include "libs/store/pg_error.h"

namespace derms::store {
namespace {

[[noreturn]] void Unreadable() {
  throw StatusError(base::Internal("DATABASE_ERROR", "a stored array of numbers has an unexpected form"));
}

}  // namespace

std::vector<double> FloatArrayOf(std::string_view text) {
  if (text.size() < 2 || text.front() != '{' || text.back() != '}') Unreadable();
  std::vector<double> values;
  const char* at = text.data() + 1;
  const char* const end = text.data() + text.size() - 1;
  while (at < end) {
    double value = std::numeric_limits<double>::quiet_NaN();
    if (std::string_view(at, static_cast<std::size_t>(end - at)).substr(0, 4) == "NULL") {
      at += 4;
    } else {
      const auto [next, error] = std::from_chars(at, end, value);
      if (error != std::errc()) Unreadable();
      at = next;
    }
    values.push_back(value);
    if (at < end && *at++ != ',') Unreadable();
  }
  return values;
}

}  // namespace derms::store
