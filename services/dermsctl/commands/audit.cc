#include <google/protobuf/util/json_util.h>

#include <fstream>
#include <sstream>

#include "absl/strings/str_cat.h"
#include "derms/v1/audit.grpc.pb.h"
#include "services/dermsctl/commands/commands.h"
#include "services/dermsctl/output/text.h"

namespace derms::dermsctl {
namespace {

using Stub = v1::AuditService::Stub;
using Result = absl::StatusOr<ExitCode>;

constexpr std::int64_t kEventsPerCall = 100'000;

struct VerifyOptions {
  std::int64_t from = 1;
  std::string checkpoint_file;
};

void DeclareVerify(CLI::App& command, VerifyOptions& options) {
  AddValue(command, "--from", options.from, "SEQUENCE", "First event to check; default 1.");
  AddValue(command, "--checkpoint", options.checkpoint_file, "FILE",
           "What `audit checkpoint` printed: the log must still contain it.");
}

absl::StatusOr<v1::Checkpoint> ReadCheckpoint(const std::string& path) {
  std::ifstream file(path);
  std::stringstream content;
  if (!file || !(content << file.rdbuf())) {
    return base::NotFound("FILE_NOT_FOUND", absl::StrCat("cannot read the checkpoint ", path));
  }
  v1::Checkpoint checkpoint;
  if (!google::protobuf::util::JsonStringToMessage(content.str(), &checkpoint).ok()) {
    return base::InvalidArgument("INVALID_CHECKPOINT", absl::StrCat(path, " holds no checkpoint"));
  }
  return checkpoint;
}

struct Verdict {
  v1::VerifyLogResponse last;
  std::int64_t checked = 0;
};

// The log in pieces, so that each call ends within its deadline and the progress moves.
absl::StatusOr<Verdict> VerifyAll(Session& session, const VerifyOptions& options) {
  v1::VerifyLogRequest request;
  request.set_from_sequence(options.from);
  request.set_limit(kEventsPerCall);
  if (!options.checkpoint_file.empty()) {
    ASSIGN_OR_RETURN(*request.mutable_checkpoint(), ReadCheckpoint(options.checkpoint_file));
  }
  Verdict verdict;
  const auto progress = session.NewProgress("events");
  while (true) {
    ASSIGN_OR_RETURN(verdict.last, session.Call(Process::kRegistry, &Stub::VerifyLog, request));
    verdict.checked += verdict.last.checked();
    progress->Update(-1, FormatCount(verdict.checked));
    if (!verdict.last.valid() || verdict.last.checked() < kEventsPerCall) return verdict;
    request.set_from_sequence(verdict.last.through_sequence() + 1);
    request.clear_checkpoint();
  }
}

Result Verify(Session& session, const VerifyOptions& options) {
  ASSIGN_OR_RETURN(const Verdict verdict, VerifyAll(session, options));
  if (session.json()) {
    v1::VerifyLogResponse answer = verdict.last;
    answer.set_checked(verdict.checked);
    session.PrintJson(answer);
  } else if (verdict.last.valid()) {
    session.out() << "valid: " << FormatCount(verdict.checked) << " events, through " << verdict.last.through_sequence()
                  << '\n';
  } else {
    session.out() << "BROKEN at " << verdict.last.broken_sequence() << ": " << Printable(verdict.last.finding())
                  << '\n';
  }
  return verdict.last.valid() ? ExitCode::kOk : ExitCode::kFailure;
}

// Always JSON: it is kept in a file for `audit verify --checkpoint`.
Result Checkpoint(Session& session) {
  ASSIGN_OR_RETURN(const auto answer,
                   session.Call(Process::kRegistry, &Stub::ExportCheckpoint, v1::ExportCheckpointRequest()));
  session.PrintJson(answer.checkpoint());
  return ExitCode::kOk;
}

}  // namespace

void AddAuditCommands(CLI::App& root, Selected& selected) {
  CLI::App& audit = AddGroup(root, "audit", "The tamper-evident log of events.");
  AddCommand(audit, selected,
             {"verify", "Recomputes the chain of the log; exit code 1 when it is broken.",
              "dermsctl audit verify --checkpoint checkpoint.json"},
             DeclareVerify, Verify);
  AddCommand(audit, selected,
             {"checkpoint", "Prints the newest sequence and hash, to be kept elsewhere.",
              "dermsctl audit checkpoint > checkpoint.json"},
             Checkpoint);
}

}  // namespace derms::dermsctl
