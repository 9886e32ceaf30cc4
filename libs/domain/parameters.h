// The numbers of DerParameters as one table, for all code that treats them alike (checks, conversion, update masks).
#pragma once

#include <optional>
#include <span>
#include <string_view>

#include "libs/domain/der.h"

namespace derms::domain {

struct ParameterNumber {
  std::string_view name;  // as in derms.v1.DerParameters and in the store
  std::optional<double> DerParameters::*member;
  bool storage_only;
};

std::span<const ParameterNumber> ParameterNumbers();                // all but series, island category, plant
const ParameterNumber* FindParameterNumber(std::string_view name);  // null when unknown

}  // namespace derms::domain
