#include "services/emergency/instruction_handlers.h"

#include <algorithm>
#include <charconv>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "libs/base/error.h"
#include "libs/domain/emergency.h"
#include "libs/domain/emergency_control.h"
#include "libs/domain/standing_control.h"
#include "libs/server/find_der.h"
#include "libs/wire/convert_time.h"
#include "libs/wire/page_token.h"
#include "services/emergency/control_convert.h"
#include "services/emergency/visible_ders.h"

namespace derms::emergency {
namespace {

using domain::Instruction;
using domain::InstructionState;

constexpr absl::Duration kMaxAhead = absl::Hours(24);

absl::Status CheckIssue(const v1::IssueInstructionRequest& request, const domain::PowerTerms& power, absl::Time now) {
  RETURN_IF_ERROR(domain::CheckPowerTerms(power, "power"));
  base::Violations violations;
  if (power == domain::PowerTerms() && !request.has_connect()) {
    violations.Add("power", "say what the DER shall do: power_kw, a limit, their shares, or connect");
  }
  if (request.has_starts_at()) {
    const absl::Time starts_at = wire::FromProto(request.starts_at());
    if (starts_at < now) violations.Add("starts_at", "must not be in the past; leave it out for now");
    if (starts_at > now + kMaxAhead) violations.Add("starts_at", "must be at most 24 hours ahead");
  }
  return violations.ToStatus("INVALID_CONTROL");
}

domain::Event Told(const server::Call& call, base::IdSource& ids, domain::EventType type, const domain::Der& der,
                   const std::string& control_id, std::string summary) {
  domain::Event event;
  event.event_id = ids.NewId();
  event.type = type;
  event.occurred_at = call.now();
  event.der_id = der.der_id;
  event.owner_id = der.owner_id;
  event.region_id = der.region_id;
  event.resource_id = control_id;
  event.summary = std::move(summary);
  return event;
}

std::string WhatItSays(const Instruction& instruction) {
  std::vector<std::string> parts;
  if (instruction.connect) parts.emplace_back(*instruction.connect ? "connect" : "disconnect");
  if (instruction.power_kw) parts.push_back(absl::StrCat(*instruction.power_kw, " kW"));
  if (instruction.max_power_kw) parts.push_back(absl::StrCat("at most ", *instruction.max_power_kw, " kW"));
  if (instruction.min_power_kw) parts.push_back(absl::StrCat("at least ", *instruction.min_power_kw, " kW"));
  std::string text;
  for (const std::string& part : parts) absl::StrAppend(&text, text.empty() ? "" : ", ", part);
  return text;
}

Instruction Draft(const v1::IssueInstructionRequest& request, const domain::PowerTerms& power, const domain::Der& der,
                  const domain::DerAccess& access, const server::Call& call) {
  Instruction instruction;
  instruction.der_id = der.der_id;
  instruction.source = access.required_owner() ? domain::ControlSource::kOwner : domain::ControlSource::kOperator;
  const domain::PowerInKw in_kw = domain::InKw(power, domain::CapabilityOf(der));
  instruction.power_kw = in_kw.power_kw;
  instruction.max_power_kw = in_kw.max_power_kw;
  instruction.min_power_kw = in_kw.min_power_kw;
  if (request.has_connect()) instruction.connect = request.connect();
  instruction.issued_at = call.now();
  instruction.starts_at = request.has_starts_at() ? wire::FromProto(request.starts_at()) : call.now();
  instruction.valid_until = instruction.starts_at + wire::FromProto(request.duration());
  instruction.issued_by = call.caller().subject;
  instruction.reason = request.reason();
  instruction.state_at = call.now();
  instruction.revision = 1;
  return instruction;
}

absl::StatusOr<store::InstructionPlace> PlaceOf(const v1::ListInstructionsRequest& request) {
  ASSIGN_OR_RETURN(const std::vector<std::string> keys, wire::ReadPageToken(request, 4));
  if (keys.empty()) return store::InstructionPlace();
  store::InstructionPlace place;
  std::int64_t micros = 0;
  const auto numbers_ok = [](const std::string& text, auto& number) {
    return std::from_chars(text.data(), text.data() + text.size(), number).ec == std::errc();
  };
  if (!numbers_ok(keys[0], micros) || !numbers_ok(keys[2], place.source)) {
    return base::InvalidArgument("INVALID_PAGE_TOKEN", "the page token is not one of this list; start from the first");
  }
  place.issued_at = absl::FromUnixMicros(micros);
  place.der_id = keys[1];
  place.control_id = keys[3];
  return place;
}

std::string TokenAfter(const v1::ListInstructionsRequest& request, const Instruction& last) {
  return wire::MakePageToken(request, {absl::StrCat(absl::ToUnixMicros(last.issued_at)), last.der_id,
                                       absl::StrCat(static_cast<int>(last.source)), last.control_id});
}

bool MayBeReported(InstructionState state) {
  using enum InstructionState;
  return state != kNew && state != kSent && state != kRevoked && state != kSuperseded && state != kExpired;
}

absl::Status CheckAcknowledgement(const domain::Acknowledgement& ack) {
  base::Violations violations;
  if (!MayBeReported(ack.state)) {
    violations.Add("state", "must be RECEIVED, ACCEPTED, STARTED, SUCCEEDED, PARTIAL, REJECTED or ABORTED");
  }
  const bool refused = ack.state == InstructionState::kRejected || ack.state == InstructionState::kAborted;
  if (refused && ack.detail.empty()) violations.Add("detail", "say why the DER does not follow");
  if (ack.state == InstructionState::kPartial && !ack.delivered_kw) {
    violations.Add("delivered_kw", "say how much was delivered");
  }
  return violations.ToStatus("INVALID_ACKNOWLEDGEMENT");
}

// The orders behind these instructions, by id.
absl::StatusOr<std::map<std::string, domain::EmergencyOrder>> OrdersOf(const std::vector<Instruction>& instructions,
                                                                       store::ControlQueries& queries,
                                                                       absl::Time deadline) {
  std::set<std::string> ids;
  for (const Instruction& each : instructions) {
    if (each.source == domain::ControlSource::kEmergency) ids.insert(each.control_id);
  }
  std::map<std::string, domain::EmergencyOrder> orders;
  if (ids.empty()) return orders;
  ASSIGN_OR_RETURN(auto found, queries.LoadOrders({ids.begin(), ids.end()}, deadline));
  for (domain::EmergencyOrder& each : found) {
    std::string id = each.emergency_id;
    orders.emplace(std::move(id), std::move(each));
  }
  return orders;
}

bool IsOneOf(InstructionState state, const std::vector<InstructionState>& states) {
  return states.empty() || std::find(states.begin(), states.end(), state) != states.end();
}

// An order in force that does not bind the DER has told it nothing. Of one that is over the store knows.
absl::Status CheckBinds(const domain::Acknowledgement& ack, const domain::Der& der, const store::ReadModel& fleet,
                        absl::Time now) {
  if (ack.source != domain::ControlSource::kEmergency) return absl::OkStatus();
  for (const auto& order : fleet.LiveOrders(now)) {
    if (order->emergency_id != ack.control_id || domain::Binds(*order, der, *fleet.Regions())) continue;
    return base::NotFound("INSTRUCTION_NOT_FOUND",
                          absl::StrCat("emergency order ", ack.control_id, " does not bind DER ", der.der_id));
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<server::Plan<v1::IssueInstructionResponse>> InstructionHandlers::IssueInstruction(
    server::Call& call, const v1::IssueInstructionRequest& request) const {
  const domain::PowerTerms power = FromProto(request.power());
  RETURN_IF_ERROR(CheckIssue(request, power, call.now()));
  ASSIGN_OR_RETURN(const auto der, FindDer(call, fleet_, request.der_id()));
  ASSIGN_OR_RETURN(const domain::DerAccess access, call.RequireDer(der->ownership(), *fleet_.Regions()));
  if (der->lifecycle == domain::Lifecycle::kRetired) {
    return base::FailedPrecondition("DER_RETIRED", absl::StrCat("DER ", der->der_id, " is retired and does nothing"));
  }
  Instruction instruction = Draft(request, power, *der, access, call);
  instruction.control_id = ids_.NewId();
  server::Plan<v1::IssueInstructionResponse> plan;
  *plan.response.mutable_instruction() = ToProto(instruction, call.now());
  if (request.validate_only()) return plan;
  plan.mutation.events.push_back(
      Told(call, ids_, domain::EventType::kInstructionIssued, *der, instruction.control_id,
           absl::StrCat("DER ", der->der_id, " was told: ", WhatItSays(instruction), ": ", instruction.reason)));
  plan.mutation.writes.push_back(store::InstructionInsert(access, std::move(instruction)));
  return plan;
}

absl::StatusOr<server::Plan<v1::RevokeInstructionResponse>> InstructionHandlers::RevokeInstruction(
    server::Call& call, const v1::RevokeInstructionRequest& request) const {
  ASSIGN_OR_RETURN(const auto der, FindDer(call, fleet_, request.der_id()));
  ASSIGN_OR_RETURN(const domain::DerAccess access, call.RequireDer(der->ownership(), *fleet_.Regions()));
  ASSIGN_OR_RETURN(auto stored, queries_.GetInstruction(der->key(), request.control_id(), call.deadline()));
  if (!stored) {
    return base::NotFound("INSTRUCTION_NOT_FOUND", absl::StrCat("DER ", der->der_id, " was not told ",
                                                                request.control_id(), "; see ListInstructions"));
  }
  if (access.required_owner() && stored->source != domain::ControlSource::kOwner) {
    return base::PermissionDenied("UNAUTHORIZED", "owners take back their own instructions only");
  }
  if (!domain::MayRevoke(*stored, call.now())) {
    return base::FailedPrecondition(
        "INSTRUCTION_ENDED",
        absl::StrCat("the instruction is ", std::string(InstructionStateName(stored->StateAt(call.now()))),
                     " and cannot be taken back"));
  }
  Instruction& instruction = *stored;
  instruction.state = InstructionState::kRevoked;
  instruction.state_at = call.now();
  ++instruction.revision;
  server::Plan<v1::RevokeInstructionResponse> plan;
  *plan.response.mutable_instruction() = ToProto(instruction, call.now());
  plan.mutation.events.push_back(
      Told(call, ids_, domain::EventType::kInstructionRevoked, *der, instruction.control_id,
           absl::StrCat("What DER ", der->der_id, " was told, ", WhatItSays(instruction), ", was taken back.")));
  plan.mutation.writes.push_back(store::InstructionRevoke(access, instruction));
  return plan;
}

absl::StatusOr<v1::ListInstructionsResponse> InstructionHandlers::ListInstructions(
    server::Call& call, const v1::ListInstructionsRequest& request) const {
  store::InstructionFilter filter;
  const auto regions = fleet_.Regions();
  call.MarkFiltered();
  store::DerFilter visible = VisibleDers(call.caller(), regions);
  if (!request.der_id().empty()) {
    ASSIGN_OR_RETURN(const auto der, FindDer(call, fleet_, request.der_id()));
    RETURN_IF_ERROR(call.RequireDer(der->ownership(), *regions).status());
    filter.der_id = der->der_id;
    visible.visible = nullptr;
  }
  filter.owner_id = visible.owner_id;
  if (request.source() != v1::CONTROL_SOURCE_UNSPECIFIED) filter.source = FromProto(request.source());
  if (!request.control_id().empty()) filter.control_id = request.control_id();
  for (const int state : request.states()) filter.states.push_back(FromProto(static_cast<v1::InstructionState>(state)));
  if (request.unresponsive_only()) filter.unanswered_since = unanswered_.ToldBy(call.now());
  ASSIGN_OR_RETURN(const store::InstructionPlace before, PlaceOf(request));
  const std::size_t limit = wire::PageSize(request.page_size());
  ASSIGN_OR_RETURN(auto found, queries_.ListInstructions(filter, before, call.now(), limit, call.deadline()));
  v1::ListInstructionsResponse response;
  if (found.size() == limit) response.set_next_page_token(TokenAfter(request, found.back()));
  ASSIGN_OR_RETURN(const auto orders, OrdersOf(found, queries_, call.deadline()));
  for (Instruction& each : found) {
    const auto der = fleet_.FindDer(each.der_id);
    if (visible.visible && (der == nullptr || !visible.visible(*der))) continue;
    const auto order = orders.find(each.control_id);
    if (der != nullptr && order != orders.end()) {
      each = domain::UntilItsTurn(std::move(each), order->second, *der, call.now());
    }
    if (IsOneOf(each.StateAt(call.now()), filter.states)) *response.add_instructions() = ToProto(each, call.now());
  }
  return response;
}

absl::StatusOr<server::Plan<v1::Instruction>> InstructionHandlers::Acknowledge(server::Call& call,
                                                                               const v1::Acknowledgement& given) const {
  domain::Acknowledgement ack{given.der_id(),     FromProto(given.source()),
                              given.control_id(), FromProto(given.state()),
                              given.detail(),     std::nullopt,
                              call.now()};
  if (given.has_delivered_kw()) ack.delivered_kw = given.delivered_kw();
  RETURN_IF_ERROR(CheckAcknowledgement(ack));
  ASSIGN_OR_RETURN(const auto der, FindDer(call, fleet_, given.der_id()));
  ASSIGN_OR_RETURN(const domain::DerAccess access, call.RequireDer(der->ownership(), *fleet_.Regions()));
  RETURN_IF_ERROR(CheckBinds(ack, *der, fleet_, call.now()));
  server::Plan<v1::Instruction> plan;
  plan.response.set_der_id(ack.der_id);
  plan.response.set_source(given.source());
  plan.response.set_control_id(ack.control_id);
  plan.response.set_state(given.state());
  plan.retry_on_conflict = false;
  plan.mutation.writes.push_back(store::InstructionAck(access, std::move(ack)));
  return plan;
}

}  // namespace derms::emergency
