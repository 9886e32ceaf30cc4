#include "services/registry/read_ahead.h"

#include <optional>
#include <string_view>

#include "absl/strings/str_cat.h"

namespace derms::registry {
namespace {

// With its length before it, so that no two lists of texts are the same text.
void Add(std::string_view part, std::string& text) {
  absl::StrAppend(&text, part.size(), ":", std::string(part));
}
void AddIf(const std::optional<std::string>& part, std::string& text) {
  text += part ? '+' : '-';
  Add(part.value_or(""), text);
}

}  // namespace

std::string TextOf(const store::ReportQuery& query) {
  std::string text = absl::StrCat(absl::ToUnixMicros(query.from), " ", absl::ToUnixMicros(query.until), " ");
  AddIf(query.scope.der_id, text);
  AddIf(query.scope.owner_id, text);
  text += query.scope.region_ids ? '+' : '-';
  for (const std::string& region : query.scope.region_ids.value_or(std::vector<std::string>())) Add(region, text);
  text += '/';
  for (const store::RegionSeries& region : query.regions) {
    for (const std::string* part : {&region.region_id, &region.export_price, &region.import_price, &region.carbon}) {
      Add(*part, text);
    }
  }
  return text;
}

}  // namespace derms::registry
