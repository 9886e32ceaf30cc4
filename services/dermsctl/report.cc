#include "services/dermsctl/report.h"

#include <nlohmann/json.hpp>

#include "absl/strings/str_cat.h"
#include "libs/base/error.h"
#include "libs/client/status.h"
#include "services/dermsctl/output/text.h"

namespace derms::dermsctl {
namespace {

constexpr std::size_t kExamplesPerReason = 3;

std::string ReasonOrCode(const absl::Status& status) {
  const std::string reason = base::ReasonOf(status);
  return reason.empty() ? absl::StatusCodeToString(status.code()) : reason;
}

std::string Dump(const nlohmann::ordered_json& json) {  // invalid UTF-8 must not end the process
  return json.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

void ReportErrorAsJson(const absl::Status& status, std::ostream& err) {
  nlohmann::ordered_json error = {{"code", absl::StatusCodeToString(status.code())},
                                  {"reason", base::ReasonOf(status)},
                                  {"message", std::string(status.message())},
                                  {"fieldViolations", nlohmann::ordered_json::array()},
                                  {"metadata", nlohmann::ordered_json::object()}};
  for (const auto& [field, description] : base::ViolationsOf(status)) {
    error["fieldViolations"].push_back({{"field", field}, {"description", description}});
  }
  for (const auto& [key, value] : base::MetadataOf(status)) error["metadata"][key] = value;
  err << Dump({{"error", error}}) << '\n';
}

// What to do next, where the service cannot know how this program is called.
const char* Hint(const std::string& reason) {
  if (reason == "UNREACHABLE")
    return "Is it running? --registry, --optimizer, --emergency and --ca say where and whom to trust.";
  if (reason == "TIMEOUT") return "Give it longer with --timeout SECONDS.";
  if (reason == "TOKEN_FILE_UNREADABLE") return "Name your token with --token-file FILE or DERMS_TOKEN_FILE.";
  return nullptr;
}

}  // namespace

void ReportError(const absl::Status& status, bool json, std::ostream& err) {
  if (json) return ReportErrorAsJson(status, err);
  const std::string reason = ReasonOrCode(status);
  err << "dermsctl: " << Printable(reason) << ": " << Printable(std::string(status.message())) << '\n';
  for (const auto& [field, description] : base::ViolationsOf(status)) {
    err << "  " << Printable(field) << ": " << Printable(description) << '\n';
  }
  for (const auto& [key, value] : base::MetadataOf(status)) {
    err << "  " << Printable(key) << " = " << Printable(value) << '\n';
  }
  if (const char* hint = Hint(reason)) err << "  " << hint << '\n';
}

void BulkOutcome::Rejected(std::string_view item, const absl::Status& why) {
  Group& group = rejected_[ReasonOrCode(why)];
  ++group.count;
  if (group.examples.size() < kExamplesPerReason) {
    group.examples.push_back(absl::StrCat(std::string(item), ": ", std::string(why.message())));
  }
}

void BulkOutcome::RejectedUnlisted(long long count) {
  if (count > 0) rejected_["NOT_LISTED"].count += count;
}

void BulkOutcome::Add(const v1::ItemResult& result, std::string_view unchanged_reason) {
  if (!result.has_error() || result.error().code() == 0) return Done();
  const absl::Status why = client::FromRpc(result.error());
  if (!unchanged_reason.empty() && base::ReasonOf(why) == unchanged_reason) return Unchanged();
  Rejected(result.der_id(), why);
}

long long BulkOutcome::rejected() const {
  long long sum = 0;
  for (const auto& [reason, group] : rejected_) sum += group.count;
  return sum;
}

ExitCode BulkOutcome::Report(Session& session) const {
  if (session.json()) {
    nlohmann::ordered_json reasons = nlohmann::ordered_json::object();
    for (const auto& [reason, group] : rejected_) reasons[reason] = group.count;
    session.out() << Dump({{"done", done_}, {"unchanged", unchanged_}, {"rejected", rejected()}, {"reasons", reasons}})
                  << '\n';
  } else {
    session.out() << FormatCount(handled()) << ' ' << items_ << ": " << FormatCount(done_) << ' ' << done_word_;
    if (unchanged_ > 0) session.out() << ", " << FormatCount(unchanged_) << ' ' << unchanged_word_;
    if (rejected() > 0) session.out() << ", " << FormatCount(rejected()) << " rejected";
    session.out() << '\n';
    for (const auto& [reason, group] : rejected_) {
      session.out() << "  " << FormatCount(group.count) << ' ' << Printable(reason) << '\n';
    }
  }
  for (const auto& [reason, group] : rejected_) {
    for (const std::string& example : group.examples) session.Note("  " + reason + " " + example);
  }
  if (rejected() == 0) return ExitCode::kOk;
  return done_ + unchanged_ > 0 ? ExitCode::kPartlyDone : ExitCode::kFailure;
}

}  // namespace derms::dermsctl
