#include <fstream>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "derms/v1/access.grpc.pb.h"
#include "services/dermsctl/commands/commands.h"
#include "services/dermsctl/input/enum_words.h"

namespace derms::dermsctl {
namespace {

using Stub = v1::AccessService::Stub;
using Result = absl::StatusOr<ExitCode>;

void PrintPrincipals(Session& session, const std::vector<v1::Principal>& principals) {
  Table table({{"subject"}, {"role"}, {"regions"}, {"granted at"}, {"by"}});
  for (const v1::Principal& principal : principals) {
    if (session.json()) session.PrintJson(principal);
    for (const v1::RoleGrant& grant : principal.grants()) {
      const std::string regions = grant.region_ids().empty() ? "all" : absl::StrJoin(grant.region_ids(), ",");
      table.AddRow(
          {principal.subject(), Word(grant.role()), regions, session.Time(grant.granted_at()), grant.granted_by()});
    }
    if (principal.grants().empty()) table.AddRow({principal.subject(), "none", "", "", ""});
  }
  if (!session.json()) session.Print(table);
}

struct InitOptions {
  std::string secret_file;
};

void DeclareInit(CLI::App& command, InitOptions& options) {
  AddValue(command, "--secret-file", options.secret_file, "FILE", "File with the secret that the installation made.")
      .Required();
}

Result Init(Session& session, const InitOptions& options) {
  std::ifstream file(options.secret_file);
  std::string secret;
  if (!std::getline(file, secret)) {
    return base::NotFound("FILE_NOT_FOUND", absl::StrCat("cannot read a secret from ", options.secret_file));
  }
  v1::InitializeRequest request;
  request.set_bootstrap_secret(std::string(absl::StripAsciiWhitespace(secret)));
  ASSIGN_OR_RETURN(const auto answer, session.Call(Process::kRegistry, &Stub::Initialize, request));
  PrintPrincipals(session, {answer.principal()});
  session.Note("Next: dermsctl access grant SUBJECT operator");
  return ExitCode::kOk;
}

Result WhoAmI(Session& session) {
  ASSIGN_OR_RETURN(const auto answer, session.Call(Process::kRegistry, &Stub::WhoAmI, v1::WhoAmIRequest()));
  if (session.json()) {
    session.PrintJson(answer);
    return ExitCode::kOk;
  }
  PrintPrincipals(session, {answer.principal()});
  session.Note(absl::StrCat("proved by ", answer.proof(), ", until ", session.Time(answer.expires_at())));
  return ExitCode::kOk;
}

struct GrantOptions {
  std::string subject;
  std::string role;
  std::vector<std::string> regions;
};

void DeclareRevoke(CLI::App& command, GrantOptions& options) {
  AddValue(command, "SUBJECT", options.subject, "", "Claim `sub` of the token, or identity of the certificate.")
      .Required();
  AddValue(command, "ROLE", options.role, "", Choices<v1::Role>() + ".").Required();
}

void DeclareGrant(CLI::App& command, GrantOptions& options) {
  DeclareRevoke(command, options);
  AddList(command, "--region", options.regions, "REGION", "Limit an operator to a region and its parts.");
}

Result Grant(Session& session, const GrantOptions& options) {
  v1::GrantRoleRequest request;
  request.set_subject(options.subject);
  ASSIGN_OR_RETURN(const v1::Role role, ParseWord<v1::Role>(options.role));
  request.set_role(role);
  request.mutable_region_ids()->Assign(options.regions.begin(), options.regions.end());
  ASSIGN_OR_RETURN(const auto answer, session.Call(Process::kRegistry, &Stub::GrantRole, request));
  PrintPrincipals(session, {answer.principal()});
  return ExitCode::kOk;
}

Result Revoke(Session& session, const GrantOptions& options) {
  v1::RevokeRoleRequest request;
  request.set_subject(options.subject);
  ASSIGN_OR_RETURN(const v1::Role role, ParseWord<v1::Role>(options.role));
  request.set_role(role);
  ASSIGN_OR_RETURN(const auto answer, session.Call(Process::kRegistry, &Stub::RevokeRole, request));
  PrintPrincipals(session, {answer.principal()});
  return ExitCode::kOk;
}

Result List(Session& session) {
  std::vector<v1::Principal> principals;
  RETURN_IF_ERROR((session.ForEachPage<Stub, v1::ListPrincipalsRequest, v1::ListPrincipalsResponse>(
      Process::kRegistry, &Stub::ListPrincipals, {}, [&](const v1::ListPrincipalsResponse& page) {
        principals.insert(principals.end(), page.principals().begin(), page.principals().end());
        return true;
      })));
  PrintPrincipals(session, principals);
  return ExitCode::kOk;
}

struct RevokeTokenOptions {
  std::string token_id;
  std::string subject;
};

void DeclareRevokeToken(CLI::App& command, RevokeTokenOptions& options) {
  const Declared id = AddValue(command, "--id", options.token_id, "JTI", "The token with this claim `jti`.");
  AddValue(command, "--subject", options.subject, "SUBJECT", "All tokens of this subject issued until now.")
      .Excludes(id);
}

Result RevokeToken(Session& session, const RevokeTokenOptions& options) {
  v1::RevokeTokenRequest request;
  request.set_token_id(options.token_id);
  request.set_subject(options.subject);
  ASSIGN_OR_RETURN(const auto answer, session.Call(Process::kRegistry, &Stub::RevokeToken, request));
  if (session.json()) {
    session.PrintJson(answer);
  } else {
    session.out() << "revoked at " << session.Time(answer.revoked_at()) << '\n';
  }
  return ExitCode::kOk;
}

}  // namespace

void AddAccessCommands(CLI::App& root, Selected& selected) {
  CLI::App& access = AddGroup(root, "access", "Principals, roles and tokens.");
  AddCommand(access, selected,
             {"init", "Makes you the first admin, once.", "dermsctl access init --secret-file var/bootstrap-secret"},
             DeclareInit, Init);
  AddCommand(access, selected, {"whoami", "Shows your subject and roles.", "dermsctl access whoami"}, WhoAmI);
  AddCommand(access, selected,
             {"grant", "Grants a role.", "dermsctl access grant alice operator --region NORTH --region SOUTH"},
             DeclareGrant, Grant);
  AddCommand(access, selected, {"revoke", "Takes a role away.", "dermsctl access revoke alice operator"}, DeclareRevoke,
             Revoke);
  AddCommand(access, selected, {"list", "Lists subjects and their roles.", "dermsctl access list --json"}, List);
  AddCommand(access, selected,
             {"revoke-token", "Refuses a token, or all of a subject.", "dermsctl access revoke-token --subject alice"},
             DeclareRevokeToken, RevokeToken);
}

}  // namespace derms::dermsctl
