#include "services/dermsctl/input/objectives.h"

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "libs/base/error.h"
#include "services/dermsctl/input/enum_words.h"

namespace derms::dermsctl {

absl::Status AddObjectives(const std::vector<std::string>& texts, v1::OptimizeResourcesRequest* request) {
  for (const std::string& text : texts) {
    const std::size_t equals = text.find('=');
    double weight = 1;
    if (equals != std::string::npos && !absl::SimpleAtod(text.substr(equals + 1), &weight)) {
      return base::InvalidArgument("INVALID_OBJECTIVE", absl::StrCat("'", text, "': write an objective as cost=1"));
    }
    ASSIGN_OR_RETURN(const v1::Objective objective, ParseWord<v1::Objective>(text.substr(0, equals)));
    auto* entry = request->add_objectives();
    entry->set_objective(objective);
    entry->set_weight(weight);
  }
  return absl::OkStatus();
}

}  // namespace derms::dermsctl
