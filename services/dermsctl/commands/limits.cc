#include "services/dermsctl/commands/commands.h"
#include "services/dermsctl/commands/standing.h"

namespace derms::dermsctl {
namespace {

using Stub = v1::ControlService::Stub;

struct Limits {
  using PutRequest = v1::PutLimitRequest;
  using ListRequest = v1::ListLimitsRequest;
  using ListResponse = v1::ListLimitsResponse;
  using EndRequest = v1::EndLimitRequest;
  static constexpr const char* kName = "limit";
  static constexpr auto kPut = &Stub::PutLimit;
  static constexpr auto kList = &Stub::ListLimits;
  static constexpr auto kEnd = &Stub::EndLimit;
  static v1::StandingControl& Field(PutRequest& request) { return *request.mutable_limit(); }
  template <typename Response>
  static const v1::StandingControl& Field(const Response& response) {
    return response.limit();
  }
  static const auto& Fields(const ListResponse& page) { return page.limits(); }
};

void DeclarePut(CLI::App& command, StandingPutOptions& options) {
  DeclareStandingPut(command, options);
  AddValue(command, "--primacy", options.primacy, "N",
           "0 to 255: the lower, the stronger where limits contradict each other; default 0.");
}

}  // namespace

void AddLimitCommands(CLI::App& root, Selected& selected) {
  CLI::App& limits = AddGroup(root, "limits", "Limits on the power of DERs.");
  AddCommand(limits, selected,
             {"put", "Creates or changes a limit for a DER, a region or ALL_DERS.",
              "dermsctl limits put FEEDER-12 BATTERY-01 --max-kw 20 --for 3h --reason \"feeder 12 is hot\"\n"
              "dermsctl limits put EXPORT-CAP region:NORTH --max-share 0.5 --until 2026-07-01T00:00Z --primacy 10 "
              "--reason \"reverse power at the substation\""},
             DeclarePut, PutStanding<Limits>);
  AddCommand(limits, selected, {"list", "Lists limits by name.", "dermsctl limits list --der BATTERY-01 --active"},
             DeclareStandingList, ListStanding<Limits>);
  AddCommand(limits, selected, {"end", "Ends a limit now.", "dermsctl limits end FEEDER-12"}, DeclareStandingEnd,
             EndStanding<Limits>);
}

}  // namespace derms::dermsctl
