// Enum values as people write them: DER_TYPE_FUEL_CELL is FUEL_CELL in tables and fuel-cell on a command line.
#pragma once

#include <google/protobuf/descriptor.h>
#include <google/protobuf/generated_enum_reflection.h>

#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace derms::dermsctl {

// The value's name without the enum's prefix; the number for a value that a newer service knows and we do not.
std::string EnumWord(const google::protobuf::EnumDescriptor& type, int value);
// Any case, '-' for '_'; the zero value is refused. INVALID_ARGUMENT, reason UNKNOWN_WORD, naming what is allowed.
absl::StatusOr<int> ParseEnumWord(const google::protobuf::EnumDescriptor& type, std::string_view text);
// "solar, wind, ...": for help texts.
std::string EnumChoices(const google::protobuf::EnumDescriptor& type);

template <typename Enum>
std::string Word(Enum value) {
  return EnumWord(*google::protobuf::GetEnumDescriptor<Enum>(), static_cast<int>(value));
}

template <typename Enum>
absl::StatusOr<Enum> ParseWord(std::string_view text) {
  const absl::StatusOr<int> value = ParseEnumWord(*google::protobuf::GetEnumDescriptor<Enum>(), text);
  if (!value.ok()) return value.status();
  return static_cast<Enum>(*value);
}

template <typename Enum>
std::string Choices() {
  return EnumChoices(*google::protobuf::GetEnumDescriptor<Enum>());
}

}  // namespace derms::dermsctl
