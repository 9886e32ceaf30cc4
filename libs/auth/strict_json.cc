#include "libs/auth/strict_json.h"

#include <set>
#include <string>
#include <vector>

#include "libs/base/error.h"

namespace derms::auth {

using nlohmann::json;

absl::StatusOr<json> ParseStrictJsonObject(std::string_view text) {
  if (text.find('\0') != std::string_view::npos) {  // the parser takes a NUL for the end and ignores what follows
    return base::InvalidArgument("INVALID_JSON", "the text holds a NUL byte");
  }
  std::vector<std::set<std::string>> names;  // of the objects that are open now
  bool sound = true;
  const auto on_event = [&](int depth, json::parse_event_t event, json& parsed) {
    sound = sound && depth <= kMaxJsonDepth;
    if (event == json::parse_event_t::object_start) names.emplace_back();
    if (event == json::parse_event_t::object_end) names.pop_back();
    if (event == json::parse_event_t::key) {
      sound = names.back().insert(parsed.get_ref<const std::string&>()).second && sound;
    }
    return true;
  };
  json value = json::parse(text.begin(), text.end(), on_event, /*allow_exceptions=*/false);
  if (value.is_discarded()) return base::InvalidArgument("INVALID_JSON", "the text is not valid JSON");
  if (!sound) return base::InvalidArgument("INVALID_JSON", "a name occurs twice or the nesting is too deep");
  if (!value.is_object()) return base::InvalidArgument("INVALID_JSON", "the text is not a JSON object");
  return value;
}

const std::string* FindText(const json& object, const char* name) {
  const auto found = object.find(name);
  return found == object.end() ? nullptr : found->get_ptr<const json::string_t*>();
}

}  // namespace derms::auth
