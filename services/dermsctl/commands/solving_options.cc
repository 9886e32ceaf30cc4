#include "services/dermsctl/commands/solving_options.h"

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "libs/base/error.h"
#include "services/dermsctl/input/enum_words.h"
#include "services/dermsctl/input/time.h"
#include "services/dermsctl/session.h"

namespace derms::dermsctl {
namespace {

absl::Status AddObjective(const std::string& text, v1::OptimizeResourcesRequest& request) {
  const std::size_t equals = text.find('=');
  double weight = 1;
  if (equals != std::string::npos && !absl::SimpleAtod(text.substr(equals + 1), &weight)) {
    return base::InvalidArgument("INVALID_OBJECTIVE", absl::StrCat("'", text, "': write an objective as cost=1"));
  }
  ASSIGN_OR_RETURN(const v1::Objective objective, ParseWord<v1::Objective>(text.substr(0, equals)));
  auto* entry = request.add_objectives();
  entry->set_objective(objective);
  entry->set_weight(weight);
  return absl::OkStatus();
}

}  // namespace

void DeclareRegion(CLI::App& command, SolvingOptions& options) {
  AddValue(command, "--region", options.region, "REGION", "Area to optimise with its parts; default the only one.");
}

void DeclareSolving(CLI::App& command, SolvingOptions& options) {
  AddList(command, "--objective", options.objectives, "NAME[=WEIGHT]", Choices<v1::Objective>() + "; default cost=1.");
  AddValue(command, "--time-limit", options.time_limit, "DURATION",
           "Answer after this with what there is; default 30s.");
  AddValue(command, "--gap", options.gap, "SHARE", "Stop at this gap; default 0.0001.");
}

absl::Status FillRequest(const SolvingOptions& options, v1::OptimizeResourcesRequest& request) {
  request.set_region_id(options.region);
  for (const std::string& text : options.objectives) RETURN_IF_ERROR(AddObjective(text, request));
  if (!options.time_limit.empty()) {
    ASSIGN_OR_RETURN(const absl::Duration limit, ParseDuration(options.time_limit));
    *request.mutable_time_limit() = ToDurationMessage(limit);
  }
  if (options.gap >= 0) request.set_gap_tolerance(options.gap);
  return absl::OkStatus();
}

}  // namespace derms::dermsctl
