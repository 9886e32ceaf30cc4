// For tests: a ControlService that keeps just enough state to be asked about. Not thread-safe: one call at a time.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "derms/v1/control.grpc.pb.h"
#include "services/dermsctl/testing/fake_services.h"

namespace derms::dermsctl::testing {

class Control final : public v1::ControlService::Service {
 public:
  grpc::Status PutLimit(grpc::ServerContext*, const v1::PutLimitRequest* request,
                        v1::PutLimitResponse* response) override {
    puts.push_back(*request);
    v1::StandingControl& limit = *response->mutable_limit();
    limit = request->limit();
    limit.set_revision(request->expected_revision() + 1);
    limit.mutable_starts_at()->set_seconds(1);
    limit.set_put_by("operator-1");
    if (!request->validate_only()) limits[limit.control_id()] = limit;
    return grpc::Status::OK;
  }
  // One limit a page, whatever was asked.
  grpc::Status ListLimits(grpc::ServerContext*, const v1::ListLimitsRequest* request,
                          v1::ListLimitsResponse* response) override {
    auto it = request->page_token().empty() ? limits.begin() : limits.upper_bound(request->page_token());
    if (it == limits.end()) return grpc::Status::OK;
    *response->add_limits() = it->second;
    if (std::next(it) != limits.end()) response->set_next_page_token(it->first);
    return grpc::Status::OK;
  }
  grpc::Status EndLimit(grpc::ServerContext*, const v1::EndLimitRequest* request,
                        v1::EndLimitResponse* response) override {
    const auto it = limits.find(request->control_id());
    if (it == limits.end()) return ToGrpc(Refusal(grpc::NOT_FOUND, "LIMIT_NOT_FOUND", "there is no such limit"));
    *response->mutable_limit() = it->second;
    response->mutable_limit()->mutable_valid_until()->set_seconds(2);
    limits.erase(it);
    return grpc::Status::OK;
  }
  grpc::Status PutDefault(grpc::ServerContext*, const v1::PutDefaultRequest* request,
                          v1::PutDefaultResponse* response) override {
    *response->mutable_default_control() = request->default_control();
    defaults.push_back(request->default_control());
    return grpc::Status::OK;
  }
  grpc::Status ListDefaults(grpc::ServerContext*, const v1::ListDefaultsRequest*,
                            v1::ListDefaultsResponse* response) override {
    for (const v1::StandingControl& each : defaults) *response->add_default_controls() = each;
    return grpc::Status::OK;
  }

  grpc::Status IssueInstruction(grpc::ServerContext*, const v1::IssueInstructionRequest* request,
                                v1::IssueInstructionResponse* response) override {
    issued.push_back(*request);
    v1::Instruction& told = *response->mutable_instruction();
    told.set_der_id(request->der_id());
    told.set_source(v1::CONTROL_SOURCE_OPERATOR);
    told.set_control_id(absl::StrCat("instruction-", issued.size()));
    *told.mutable_power() = request->power();
    if (request->has_connect()) told.set_connect(request->connect());
    told.mutable_starts_at()->set_seconds(3600);
    told.mutable_valid_until()->set_seconds(3600 + request->duration().seconds());
    told.set_state(v1::INSTRUCTION_STATE_NEW);
    told.set_reason(request->reason());
    told.set_issued_by("operator-1");
    if (!request->validate_only()) instructions.push_back(told);
    return grpc::Status::OK;
  }
  grpc::Status ListInstructions(grpc::ServerContext*, const v1::ListInstructionsRequest* request,
                                v1::ListInstructionsResponse* response) override {
    asked = *request;
    for (const v1::Instruction& each : instructions) *response->add_instructions() = each;
    return grpc::Status::OK;
  }
  grpc::Status RevokeInstruction(grpc::ServerContext*, const v1::RevokeInstructionRequest* request,
                                 v1::RevokeInstructionResponse* response) override {
    for (v1::Instruction& each : instructions) {
      if (each.control_id() != request->control_id()) continue;
      each.set_state(v1::INSTRUCTION_STATE_REVOKED);
      *response->mutable_instruction() = each;
      return grpc::Status::OK;
    }
    return ToGrpc(Refusal(grpc::NOT_FOUND, "INSTRUCTION_NOT_FOUND", "it was not told that"));
  }
  // Takes everything but the acknowledgements of DER "STRANGER".
  grpc::Status AcknowledgeInstructions(grpc::ServerContext*,
                                       grpc::ServerReaderWriter<v1::AcknowledgeInstructionsResponse,
                                                                v1::AcknowledgeInstructionsRequest>* stream) override {
    v1::AcknowledgeInstructionsRequest message;
    while (stream->Read(&message)) {
      v1::AcknowledgeInstructionsResponse answer;
      for (const v1::Acknowledgement& ack : message.items()) {
        v1::ItemResult& result = *answer.add_results();
        result.set_der_id(ack.der_id());
        if (ack.der_id() == "STRANGER") {
          *result.mutable_error() = Refusal(grpc::NOT_FOUND, "DER_NOT_FOUND", "no DER STRANGER is registered");
        } else {
          acknowledged.push_back(ack);
        }
      }
      stream->Write(answer);
    }
    return grpc::Status::OK;
  }

  // Of all DERs those of `setpoints`, one a page; of named ones a set-point each.
  grpc::Status PollSetpoints(grpc::ServerContext*, const v1::PollSetpointsRequest* request,
                             v1::PollSetpointsResponse* response) override {
    polls.push_back(request->der_ids_size());
    for (const std::string& der_id : request->der_ids()) response->add_setpoints()->set_der_id(der_id);
    if (request->der_ids_size() > 0) return grpc::Status::OK;
    const std::size_t place = request->page_token().empty() ? 0 : std::stoul(request->page_token());
    *response->add_setpoints() = setpoints.at(place);
    if (place + 1 < setpoints.size()) response->set_next_page_token(absl::StrCat(place + 1));
    return grpc::Status::OK;
  }
  grpc::Status WhySetpoint(grpc::ServerContext*, const v1::WhySetpointRequest* request,
                           v1::WhySetpointResponse* response) override {
    why_asked = *request;
    *response = why;
    return grpc::Status::OK;
  }

  std::vector<v1::PutLimitRequest> puts;
  std::map<std::string, v1::StandingControl> limits;
  std::vector<v1::StandingControl> defaults;
  std::vector<v1::IssueInstructionRequest> issued;
  std::vector<v1::Instruction> instructions;
  v1::ListInstructionsRequest asked;
  std::vector<v1::Acknowledgement> acknowledged;
  std::vector<v1::Setpoint> setpoints;
  std::vector<int> polls;  // how many DERs each named
  v1::WhySetpointRequest why_asked;
  v1::WhySetpointResponse why;
};

}  // namespace derms::dermsctl::testing
