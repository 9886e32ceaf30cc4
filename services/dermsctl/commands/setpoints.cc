#include <algorithm>
#include <functional>

#include "absl/strings/str_cat.h"
#include "derms/v1/control.grpc.pb.h"
#include "services/dermsctl/commands/commands.h"
#include "services/dermsctl/input/enum_words.h"
#include "services/dermsctl/output/control_text.h"
#include "services/dermsctl/output/text.h"

namespace derms::dermsctl {
namespace {

using Stub = v1::ControlService::Stub;

constexpr std::size_t kNamesPerCall = 1'000;  // the service takes no more

struct Options {
  std::vector<std::string> ders;
};

void Declare(CLI::App& command, Options& options) {
  AddWords(command, "DER", options.ders, "DER...", "Ids of DERs; default: all that you speak for.");
}

// By DER id: names are sorted, so that also those of several calls are.
absl::Status ForEachAnswer(Session& session, std::vector<std::string> ders,
                           const std::function<void(const v1::PollSetpointsResponse&)>& visit) {
  std::sort(ders.begin(), ders.end());
  ders.erase(std::unique(ders.begin(), ders.end()), ders.end());
  std::size_t next = 0;
  do {
    v1::PollSetpointsRequest request;
    for (; next < ders.size() && request.der_ids_size() < static_cast<int>(kNamesPerCall); ++next) {
      request.add_der_ids(ders[next]);
    }
    RETURN_IF_ERROR((session.ForEachPage<Stub, v1::PollSetpointsRequest, v1::PollSetpointsResponse>(
        Process::kEmergency, &Stub::PollSetpoints, request, [&](const v1::PollSetpointsResponse& page) {
          visit(page);
          return true;
        })));
  } while (next < ders.size());
  return absl::OkStatus();
}

void AddSetpoint(Session& session, Table& table, const v1::Setpoint& point) {
  table.AddRow({point.der_id(), KwText(point.power_kw()), point.has_max_power_kw() ? KwText(point.max_power_kw()) : "",
                point.has_min_power_kw() ? KwText(point.min_power_kw()) : "", point.connected() ? "yes" : "no",
                Word(point.source()), point.control_id(), BoundText(session, point.valid_until())});
}

absl::StatusOr<ExitCode> Setpoints(Session& session, const Options& options) {
  Table table({{"der"},
               {"kW", Align::kRight},
               {"at most", Align::kRight},
               {"at least", Align::kRight},
               {"connected"},
               {"source"},
               {"control"},
               {"until"}});
  std::int64_t count = 0;
  double power_kw = 0;
  RETURN_IF_ERROR(ForEachAnswer(session, options.ders, [&](const v1::PollSetpointsResponse& page) {
    for (const v1::Setpoint& point : page.setpoints()) {
      ++count;
      power_kw += point.power_kw();
      if (session.json()) {
        session.PrintJson(point);
      } else {
        AddSetpoint(session, table, point);
      }
    }
  }));
  if (!session.json()) session.Print(table);
  session.Note(absl::StrCat(FormatCount(count), " DERs, ", FormatNumber(power_kw, 1), " kW"));
  return ExitCode::kOk;
}

}  // namespace

void AddSetpointsCommand(CLI::App& root, Selected& selected) {
  AddCommand(root, selected,
             {"setpoints", "Shows what DERs shall do now, and what that comes from.",
              "dermsctl setpoints\n"
              "dermsctl setpoints BATTERY-01 BATTERY-02"},
             Declare, Setpoints);
}

}  // namespace derms::dermsctl
