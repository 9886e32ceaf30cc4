#include "services/dermsctl/commands/commands.h"
#include "services/dermsctl/commands/standing.h"

namespace derms::dermsctl {
namespace {

using Stub = v1::ControlService::Stub;

struct Defaults {
  using PutRequest = v1::PutDefaultRequest;
  using ListRequest = v1::ListDefaultsRequest;
  using ListResponse = v1::ListDefaultsResponse;
  using EndRequest = v1::EndDefaultRequest;
  static constexpr const char* kName = "default";
  static constexpr auto kPut = &Stub::PutDefault;
  static constexpr auto kList = &Stub::ListDefaults;
  static constexpr auto kEnd = &Stub::EndDefault;
  static v1::StandingControl& Field(PutRequest& request) { return *request.mutable_default_control(); }
  template <typename Response>
  static const v1::StandingControl& Field(const Response& response) {
    return response.default_control();
  }
  static const auto& Fields(const ListResponse& page) { return page.default_controls(); }
};

void DeclarePut(CLI::App& command, StandingPutOptions& options) {
  DeclareSetpoint(command, options.power);
  DeclareStandingPut(command, options);
}

}  // namespace

void AddDefaultCommands(CLI::App& root, Selected& selected) {
  CLI::App& defaults = AddGroup(root, "defaults", "What DERs do while nothing else is asked of them.");
  AddCommand(defaults, selected,
             {"put", "Creates or changes a default for a DER, a region or ALL_DERS; the narrowest counts.",
              "dermsctl defaults put IDLE ALL_DERS --power-share 0 --until 2030-01-01T00:00Z --reason \"safe state\""},
             DeclarePut, PutStanding<Defaults>);
  AddCommand(defaults, selected, {"list", "Lists defaults by name.", "dermsctl defaults list --active"},
             DeclareStandingList, ListStanding<Defaults>);
  AddCommand(defaults, selected, {"end", "Ends a default now.", "dermsctl defaults end IDLE"}, DeclareStandingEnd,
             EndStanding<Defaults>);
}

}  // namespace derms::dermsctl
