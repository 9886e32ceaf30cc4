#include "derms/v1/emergency.grpc.pb.h"
#include "services/dermsctl/commands/commands.h"
#include "services/dermsctl/output/emergency_progress.h"

namespace derms::dermsctl {
namespace {

using Stub = v1::EmergencyService::Stub;

struct WatchOptions {
  std::string emergency_id;
};

void DeclareWatch(CLI::App& command, WatchOptions& options) {
  AddValue(command, "ORDER", options.emergency_id, "", "Id of the order.").Required();
}

// A line for each change, until the order has ended and its DERs are back.
absl::StatusOr<ExitCode> Watch(Session& session, const WatchOptions& options) {
  ASSIGN_OR_RETURN(client::Connection * emergency, session.Connect(Process::kEmergency));
  grpc::ClientContext context;
  RETURN_IF_ERROR(emergency->Authorize(context));
  v1::WatchEmergencyRequest request;
  request.set_emergency_id(options.emergency_id);
  Stub stub(emergency->channel());
  const auto stream = stub.WatchEmergency(&context, request);
  v1::WatchEmergencyResponse message;
  v1::EmergencyOrder last;
  while (stream->Read(&message)) {
    PrintProgressLine(session, message.order());
    last.Swap(message.mutable_order());
  }
  if (const grpc::Status end = stream->Finish(); !end.ok()) return emergency->Explain(end);
  if (last.progress().unresponsive() > 0) {
    session.Note("Who did not answer: dermsctl instructions list --control " + options.emergency_id +
                 " --unresponsive");
  }
  return ExitCode::kOk;
}

}  // namespace

void AddEmergencyWatchCommand(CLI::App& emergency, Selected& selected) {
  AddCommand(emergency, selected,
             {"watch", "Follows an order DER by DER, one line a change, until it has ended and all are back.",
              "dermsctl emergency watch 7d1c1f6e-3b0c-4a52-9c53-2d7a4c0f8b11"},
             DeclareWatch, Watch);
}

}  // namespace derms::dermsctl
