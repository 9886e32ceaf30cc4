// Arrays of numbers in PostgreSQL's output form, "{1,NaN,2.5}".
#pragma once

#include <string_view>
#include <vector>

namespace derms::store {

// NULL elements read as NaN. Throws StatusError on another form.
std::vector<double> FloatArrayOf(std::string_view text);

}  // namespace derms::store
