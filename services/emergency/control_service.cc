#include "services/emergency/control_service.h"

namespace derms::emergency {

using Context = ControlService::Context;
using Unary = ControlService::Unary;

Unary* ControlService::PutLimit(Context* context, const v1::PutLimitRequest* request, v1::PutLimitResponse* response) {
  return rpc_.MutateOnPool(context, request, response,
                           [this](auto& call, auto& r) { return handlers_.standing.PutLimit(call, r); });
}
Unary* ControlService::ListLimits(Context* context, const v1::ListLimitsRequest* request,
                                  v1::ListLimitsResponse* response) {
  return rpc_.Query(context, request, response,
                    [this](auto& call, auto& r) { return handlers_.standing.ListLimits(call, r); });
}
Unary* ControlService::EndLimit(Context* context, const v1::EndLimitRequest* request, v1::EndLimitResponse* response) {
  return rpc_.MutateOnPool(context, request, response,
                           [this](auto& call, auto& r) { return handlers_.standing.EndLimit(call, r); });
}
Unary* ControlService::PutDefault(Context* context, const v1::PutDefaultRequest* request,
                                  v1::PutDefaultResponse* response) {
  return rpc_.MutateOnPool(context, request, response,
                           [this](auto& call, auto& r) { return handlers_.standing.PutDefault(call, r); });
}
Unary* ControlService::ListDefaults(Context* context, const v1::ListDefaultsRequest* request,
                                    v1::ListDefaultsResponse* response) {
  return rpc_.Query(context, request, response,
                    [this](auto& call, auto& r) { return handlers_.standing.ListDefaults(call, r); });
}
Unary* ControlService::EndDefault(Context* context, const v1::EndDefaultRequest* request,
                                  v1::EndDefaultResponse* response) {
  return rpc_.MutateOnPool(context, request, response,
                           [this](auto& call, auto& r) { return handlers_.standing.EndDefault(call, r); });
}
Unary* ControlService::IssueInstruction(Context* context, const v1::IssueInstructionRequest* request,
                                        v1::IssueInstructionResponse* response) {
  return rpc_.Mutate(context, request, response,
                     [this](auto& call, auto& r) { return handlers_.instructions.IssueInstruction(call, r); });
}
Unary* ControlService::RevokeInstruction(Context* context, const v1::RevokeInstructionRequest* request,
                                         v1::RevokeInstructionResponse* response) {
  return rpc_.MutateOnPool(context, request, response,
                           [this](auto& call, auto& r) { return handlers_.instructions.RevokeInstruction(call, r); });
}
Unary* ControlService::ListInstructions(Context* context, const v1::ListInstructionsRequest* request,
                                        v1::ListInstructionsResponse* response) {
  return rpc_.Query(context, request, response,
                    [this](auto& call, auto& r) { return handlers_.instructions.ListInstructions(call, r); });
}
ControlService::AckReactor* ControlService::AcknowledgeInstructions(Context* context) {
  return rpc_.Bulk<v1::AcknowledgeInstructionsRequest, v1::AcknowledgeInstructionsResponse>(
      context, [this](auto& call, auto& r) { return handlers_.instructions.Acknowledge(call, r); },
      [](const auto&) { return 0; });
}
Unary* ControlService::PollSetpoints(Context* context, const v1::PollSetpointsRequest* request,
                                     v1::PollSetpointsResponse* response) {
  return rpc_.Query(context, request, response,
                    [this](auto& call, auto& r) { return handlers_.setpoints.PollSetpoints(call, r); });
}
grpc::ServerWriteReactor<v1::WatchSetpointsResponse>* ControlService::WatchSetpoints(
    Context* context, const v1::WatchSetpointsRequest* request) {
  return rpc_.Watch<v1::WatchSetpointsRequest, v1::WatchSetpointsResponse>(
      context, request,
      [this](auto& call, auto& r, auto wake) { return handlers_.watch.WatchSetpoints(call, r, std::move(wake)); });
}
Unary* ControlService::WhySetpoint(Context* context, const v1::WhySetpointRequest* request,
                                   v1::WhySetpointResponse* response) {
  return rpc_.Query(context, request, response,
                    [this](auto& call, auto& r) { return handlers_.setpoints.WhySetpoint(call, r); });
}

}  // namespace derms::emergency
