#include <cstdint>

#include "derms/v1/emergency.grpc.pb.h"
#include "services/dermsctl/commands/commands.h"
#include "services/dermsctl/input/scope.h"
#include "services/dermsctl/output/emergency_order.h"

namespace derms::dermsctl {
namespace {

using Stub = v1::EmergencyService::Stub;
using Result = absl::StatusOr<ExitCode>;

struct VerdictOptions {
  std::string emergency_id;
  std::int64_t expect = -1;
  std::string reason;
};

void DeclareApprove(CLI::App& command, VerdictOptions& options) {
  AddValue(command, "ORDER", options.emergency_id, "", "Id of the order.").Required();
  AddValue(command, "--expect", options.expect, "N",
           "Number of DERs that you expect in the scope, in place of that given when it was asked for.");
  AddValue(command, "--reason", options.reason, "TEXT", "For the record.");
}

void DeclareDecline(CLI::App& command, VerdictOptions& options) {
  AddValue(command, "ORDER", options.emergency_id, "", "Id of the order.").Required();
  AddValue(command, "--reason", options.reason, "TEXT", "Why, for the record.").Required();
}

Result Decide(Session& session, const VerdictOptions& options, bool decline) {
  v1::ApproveEmergencyRequest request;
  request.set_emergency_id(options.emergency_id);
  request.set_decline(decline);
  request.set_reason(options.reason);
  FillExpectedCount(options.expect, request);
  ASSIGN_OR_RETURN(const auto answer, session.Call(Process::kEmergency, &Stub::ApproveEmergency, request));
  PrintOrder(session, answer.order());
  return ExitCode::kOk;
}

Result Approve(Session& session, const VerdictOptions& options) {
  return Decide(session, options, false);
}
Result Decline(Session& session, const VerdictOptions& options) {
  return Decide(session, options, true);
}

}  // namespace

void AddApprovalCommands(CLI::App& emergency, Selected& selected) {
  AddCommand(emergency, selected,
             {"approve", "Puts an order in force that another person asked for.",
              "dermsctl emergency approve 7d1c1f6e-3b0c-4a52-9c53-2d7a4c0f8b11 --reason \"seen on site\""},
             DeclareApprove, Approve);
  AddCommand(emergency, selected,
             {"decline", "Declines such an order, or takes back one's own.",
              "dermsctl emergency decline 7d1c1f6e-3b0c-4a52-9c53-2d7a4c0f8b11 --reason \"line 7 is back\""},
             DeclareDecline, Decline);
}

}  // namespace derms::dermsctl
