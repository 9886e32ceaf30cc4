#include "libs/wire/dispatch/field_paths.h"

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "derms/v1/dispatch.pb.h"
#include "libs/base/error.h"
#include "libs/wire/dispatch/device_kinds.h"

namespace derms::wire {
namespace {

struct Rename {
  std::string_view from, to;
};
// Fields that have another name, or another form, in the message.
constexpr Rename kOfProblem[] = {{"interval_length", "interval"}};
constexpr Rename kOfRegion[] = {{"id", "region_id"}, {"parent", "parent_id"}};
constexpr Rename kOfDevice[] = {{"id", "device_id"}, {"region", "region_id"}};
constexpr std::string_view kProfileIndex = ".profile";  // of a ScaledProfile, at the end

template <std::size_t N>
std::string Renamed(const Rename (&names)[N], std::string_view field) {
  for (const Rename& name : names) {
    if (name.from == field) return std::string(name.to);
  }
  return std::string(field);
}

// "devices[BATT-4].energy_max_kwh" in parts.
struct Element {
  std::string_view list, key, rest;
};
std::optional<Element> Split(std::string_view field) {
  const std::size_t open = field.find('['), close = field.find(']');
  if (open == std::string_view::npos || close == std::string_view::npos || close < open) return std::nullopt;
  return Element{field.substr(0, open), field.substr(open + 1, close - open - 1), field.substr(close + 1)};
}

// By id; by index where the id itself is wrong.
template <typename Things>
int IndexOf(const Things& things, std::string_view key) {
  for (std::size_t i = 0; i < things.size(); ++i) {
    if (things[i].id == key) return static_cast<int>(i);
  }
  int index = -1;
  const bool in_range = absl::SimpleAtoi(absl::string_view(key.data(), key.size()), &index) && index >= 0 &&
                        index < static_cast<int>(things.size());
  return in_range ? index : -1;
}

std::string OfRegion(const dispatch::Problem& problem, const Element& element) {
  const int index = IndexOf(problem.regions, element.key);
  const std::string field = Renamed(kOfRegion, element.rest.substr(std::min<std::size_t>(1, element.rest.size())));
  return absl::StrCat("problem.regions[", index, "].", field);
}

std::string OfDevice(const dispatch::Problem& problem, const Element& element) {
  const int index = IndexOf(problem.devices, element.key);
  const std::string at = absl::StrCat("problem.devices[", index, "].");
  std::string field(element.rest.substr(std::min<std::size_t>(1, element.rest.size())));
  for (const Rename& own : kOfDevice) {
    if (own.from == field) return at + std::string(own.to);
  }
  const std::string_view tail = kProfileIndex;
  if (field.size() > tail.size() && std::string_view(field).substr(field.size() - tail.size()) == tail) field += "_id";
  const auto& kind = problem.devices[static_cast<std::size_t>(index)].kind;
  return absl::StrCat(at, std::string(KindField(kind)), ".", field);
}

bool IsProblemField(const std::string& field) {
  return v1::DispatchProblem::descriptor()->FindFieldByName(field) != nullptr;
}

std::string InMessage(const dispatch::Problem& problem, std::string_view field) {
  const std::optional<Element> element = Split(field);
  if (!element) {
    const std::string name = Renamed(kOfProblem, field);
    return IsProblemField(name) ? "problem." + name : std::string(field);
  }
  if (element->list == "regions" && IndexOf(problem.regions, element->key) >= 0) return OfRegion(problem, *element);
  if (element->list == "devices" && IndexOf(problem.devices, element->key) >= 0) return OfDevice(problem, *element);
  if (element->list == "profiles") {
    return absl::StrCat("problem.profiles[", std::string(element->key), "].values", std::string(element->rest));
  }
  return std::string(field);
}

}  // namespace

absl::Status InMessageFields(const absl::Status& status, const dispatch::Problem& problem) {
  const auto violations = base::ViolationsOf(status);
  if (violations.empty()) return status;
  std::string message(status.message());
  const std::string& first = violations.front().field;
  if (absl::StartsWith(message, first + ":")) message = InMessage(problem, first) + message.substr(first.size());
  base::ErrorBuilder builder(status.code(), base::ReasonOf(status), message);
  for (const auto& [key, value] : base::MetadataOf(status)) std::move(builder).Metadata(key, value);
  for (const auto& violation : violations) {
    std::move(builder).Field(InMessage(problem, violation.field), violation.description);
  }
  return builder;
}

}  // namespace derms::wire
