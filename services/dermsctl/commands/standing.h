// Limits and defaults are one kind of thing with methods of two names: one implementation of put, list and end.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "derms/v1/control.grpc.pb.h"
#include "services/dermsctl/command.h"
#include "services/dermsctl/commands/power_options.h"

namespace derms::dermsctl {

struct StandingPutOptions {
  std::string control_id;
  std::string scope;
  PowerOptions power;
  std::int64_t primacy = 0;
  std::string program;
  std::string from;
  std::string until;
  std::string duration;
  std::string reason;
  bool dry_run = false;
  std::int64_t expected_revision = 0;
};

struct StandingListOptions {
  std::string der_id;
  bool active_only = false;
};

struct StandingEndOptions {
  std::string control_id;
  std::int64_t expected_revision = 0;
};

// Options that both have; those of only one (set-point, primacy) are declared by its own file.
void DeclareStandingPut(CLI::App& command, StandingPutOptions& options);
void DeclareStandingList(CLI::App& command, StandingListOptions& options);
void DeclareStandingEnd(CLI::App& command, StandingEndOptions& options);

// INVALID_ARGUMENT, reason INVALID_TIME, INVALID_DURATION or END_MISSING.
absl::StatusOr<v1::StandingControl> ToStandingControl(const Session& session, const StandingPutOptions& options);

// "limit FEEDER-12, revision 3, at most 20 kW for BATT_004 until ...". `name` is "limit" or "default".
void PrintStanding(Session& session, const char* name, const v1::StandingControl& control, bool dry_run);

// Rows of a list, and the table at its end.
class StandingList {
 public:
  StandingList(Session& session, const char* name);
  void Add(const v1::StandingControl& control);
  void Print();

 private:
  Session& session_;
  Table table_;
};

// `Kind` names the messages and methods: see limits.cc.
template <typename Kind>
absl::StatusOr<ExitCode> PutStanding(Session& session, const StandingPutOptions& options) {
  typename Kind::PutRequest request;
  ASSIGN_OR_RETURN(Kind::Field(request), ToStandingControl(session, options));
  request.set_expected_revision(options.expected_revision);
  request.set_validate_only(options.dry_run);
  ASSIGN_OR_RETURN(const auto answer, session.Call(Process::kEmergency, Kind::kPut, request));
  PrintStanding(session, Kind::kName, Kind::Field(answer), options.dry_run);
  return ExitCode::kOk;
}

template <typename Kind>
absl::StatusOr<ExitCode> ListStanding(Session& session, const StandingListOptions& options) {
  using Request = typename Kind::ListRequest;
  using Response = typename Kind::ListResponse;
  Request request;
  request.set_der_id(options.der_id);
  request.set_active_only(options.active_only);
  StandingList list(session, Kind::kName);
  RETURN_IF_ERROR((session.ForEachPage<v1::ControlService::Stub, Request, Response>(
      Process::kEmergency, Kind::kList, request, [&](const Response& page) {
        for (const v1::StandingControl& each : Kind::Fields(page)) list.Add(each);
        return true;
      })));
  list.Print();
  return ExitCode::kOk;
}

template <typename Kind>
absl::StatusOr<ExitCode> EndStanding(Session& session, const StandingEndOptions& options) {
  typename Kind::EndRequest request;
  request.set_control_id(options.control_id);
  request.set_expected_revision(options.expected_revision);
  ASSIGN_OR_RETURN(const auto answer, session.Call(Process::kEmergency, Kind::kEnd, request));
  PrintStanding(session, Kind::kName, Kind::Field(answer), /*dry_run=*/false);
  return ExitCode::kOk;
}

}  // namespace derms::dermsctl
