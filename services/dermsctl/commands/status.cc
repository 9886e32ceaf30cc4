#include "absl/strings/str_cat.h"
#include "derms/v1/registry.grpc.pb.h"
#include "libs/client/bulk.h"
#include "services/dermsctl/commands/commands.h"
#include "services/dermsctl/input/enum_words.h"
#include "services/dermsctl/output/text.h"
#include "services/dermsctl/report.h"

namespace derms::dermsctl {
namespace {

using Stub = v1::RegistryService::Stub;
using Result = absl::StatusOr<ExitCode>;

constexpr std::size_t kItemsPerMessage = 500;  // the service takes up to 1,000

struct SetOptions {
  std::vector<std::string> words;  // DER..., STATUS
  bool all = false;
  std::string owner;
  std::string region;
  std::vector<std::string> types;
};

void DeclareSet(CLI::App& command, SetOptions& options) {
  AddWords(command, "STATUS", options.words, "DER... STATUS", "Ids of DERs, then online, offline or maintenance.")
      .Required();
  AddFlag(command, "--all", options.all, "All DERs that you may see, instead of ids.");
  AddValue(command, "--owner", options.owner, "SUBJECT", "With --all: only this owner's.");
  AddValue(command, "--region", options.region, "REGION", "With --all: only in this region or its parts.");
  AddList(command, "--type", options.types, "TYPE", "With --all: only this type.");
}

// Ids to change; those that have the status already are counted as unchanged.
absl::StatusOr<std::vector<std::string>> FindDers(Session& session, const SetOptions& options, v1::DerStatus target,
                                                  BulkOutcome& outcome) {
  v1::ListDersRequest request;
  request.set_owner_id(options.owner);
  request.set_region_id(options.region);
  for (const std::string& word : options.types) {
    ASSIGN_OR_RETURN(const v1::DerType type, ParseWord<v1::DerType>(word));
    request.add_types(type);
  }
  std::vector<std::string> ids;
  RETURN_IF_ERROR((session.ForEachPage<Stub, v1::ListDersRequest, v1::ListDersResponse>(
      Process::kRegistry, &Stub::ListDers, request, [&](const v1::ListDersResponse& page) {
        for (const v1::Der& der : page.ders()) {
          if (der.stored_status() == target) {
            outcome.Unchanged();
          } else {
            ids.push_back(der.der_id());
          }
        }
        return true;
      })));
  return ids;
}

Result SetMany(Session& session, const std::vector<std::string>& ids, v1::DerStatus target, BulkOutcome& outcome) {
  ASSIGN_OR_RETURN(client::Connection * registry, session.Connect(Process::kRegistry));
  client::BulkExchange<v1::UpdateDerStatusesRequest, v1::UpdateDerStatusesResponse> exchange(*registry,
                                                                                             &Stub::UpdateDerStatuses);
  auto progress = session.NewProgress("statuses");
  std::size_t next = 0;
  const absl::Status sent = exchange.Run(
      [&](v1::UpdateDerStatusesRequest* message) {
        for (std::size_t n = 0; n < kItemsPerMessage && next < ids.size(); ++n, ++next) {
          auto* item = message->add_items();
          item->set_der_id(ids[next]);
          item->set_status(target);
          item->set_request_id(session.world().ids.NewId());
        }
        return message->items_size() > 0;
      },
      [&](const v1::UpdateDerStatusesRequest&, const v1::UpdateDerStatusesResponse& answer) {
        for (const auto& result : answer.results()) outcome.Add(result, "");
        progress->Update(static_cast<double>(next) / static_cast<double>(ids.size()), FormatCount(outcome.handled()));
      });
  progress.reset();
  if (outcome.handled() == 0) RETURN_IF_ERROR(sent);
  const ExitCode code = outcome.Report(session);
  RETURN_IF_ERROR(sent);
  return code;
}

// One DER: the refusal itself, with what would be allowed, rather than a count.
Result SetOne(Session& session, const std::string& der_id, v1::DerStatus target) {
  v1::UpdateDerStatusRequest request;
  request.set_der_id(der_id);
  request.set_status(target);
  ASSIGN_OR_RETURN(const auto answer, session.Call(Process::kRegistry, &Stub::UpdateDerStatus, request));
  if (session.json()) {
    session.PrintJson(answer);
  } else {
    session.out() << answer.der_id() << " is " << Word(answer.status()) << '\n';
  }
  return ExitCode::kOk;
}

Result Set(Session& session, const SetOptions& options) {
  ASSIGN_OR_RETURN(const v1::DerStatus target, ParseWord<v1::DerStatus>(options.words.back()));
  std::vector<std::string> ids(options.words.begin(), options.words.end() - 1);
  if (ids.empty() != options.all) {
    return base::InvalidArgument("SCOPE_MISSING", "name DERs before the status, or give --all instead of names");
  }
  BulkOutcome outcome("DERs", absl::StrCat("set to ", Word(target)), "already so");
  if (options.all) {
    ASSIGN_OR_RETURN(ids, FindDers(session, options, target, outcome));
  } else if (ids.size() == 1) {
    return SetOne(session, ids.front(), target);
  }
  return SetMany(session, ids, target, outcome);
}

}  // namespace

void AddStatusCommands(CLI::App& root, Selected& selected) {
  CLI::App& status = AddGroup(root, "status", "Status of DERs.");
  AddCommand(status, selected,
             {"set", "Sets the status of DERs: online, offline or maintenance.",
              "dermsctl status set SOLAR-01 online\n"
              "dermsctl status set --all --region NORTH offline"},
             DeclareSet, Set);
}

}  // namespace derms::dermsctl
