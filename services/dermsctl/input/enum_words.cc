#include "services/dermsctl/input/enum_words.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "libs/base/error.h"

namespace derms::dermsctl {
namespace {

// Every zero value is PREFIX_UNSPECIFIED (buf lint sees to it), which gives the prefix.
std::string Prefix(const google::protobuf::EnumDescriptor& type) {
  const std::string zero = type.FindValueByNumber(0)->name();
  return zero.substr(0, zero.size() - std::string_view("UNSPECIFIED").size());
}

std::string Spelling(std::string text) {
  absl::AsciiStrToLower(&text);
  std::replace(text.begin(), text.end(), '_', '-');
  return text;
}

}  // namespace

std::string EnumWord(const google::protobuf::EnumDescriptor& type, int value) {
  const auto* descriptor = type.FindValueByNumber(value);
  if (descriptor == nullptr) return absl::StrCat(value);
  return descriptor->name().substr(Prefix(type).size());
}

absl::StatusOr<int> ParseEnumWord(const google::protobuf::EnumDescriptor& type, std::string_view text) {
  const std::string wanted = Spelling(std::string(text));
  for (int i = 0; i < type.value_count(); ++i) {
    const int number = type.value(i)->number();
    if (number != 0 && Spelling(EnumWord(type, number)) == wanted) return number;
  }
  return base::InvalidArgument("UNKNOWN_WORD",
                               absl::StrCat("'", std::string(text), "' is none of ", EnumChoices(type)));
}

std::string EnumChoices(const google::protobuf::EnumDescriptor& type) {
  std::vector<std::string> words;
  for (int i = 0; i < type.value_count(); ++i) {
    if (type.value(i)->number() != 0) words.push_back(Spelling(EnumWord(type, type.value(i)->number())));
  }
  return absl::StrJoin(words, ", ");
}

}  // namespace derms::dermsctl
