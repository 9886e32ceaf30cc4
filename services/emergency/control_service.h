// The ControlService: one line per method (libs/server/rpc.h says what surrounds each handler).
#pragma once

#include "derms/v1/control.grpc.pb.h"
#include "libs/server/rpc.h"
#include "services/emergency/instruction_handlers.h"
#include "services/emergency/setpoint_handlers.h"
#include "services/emergency/standing_handlers.h"
#include "services/emergency/watch_handlers.h"

namespace derms::emergency {

// All references must outlive the service.
class ControlService final : public v1::ControlService::CallbackService {
 public:
  struct Handlers {
    const StandingHandlers& standing;
    const InstructionHandlers& instructions;
    const SetpointHandlers& setpoints;
    const WatchHandlers& watch;
  };
  ControlService(const server::Rpc& rpc, Handlers handlers) : rpc_(rpc), handlers_(handlers) {}

  using Context = grpc::CallbackServerContext;
  using Unary = grpc::ServerUnaryReactor;
  using AckReactor = grpc::ServerBidiReactor<v1::AcknowledgeInstructionsRequest, v1::AcknowledgeInstructionsResponse>;

  Unary* PutLimit(Context* context, const v1::PutLimitRequest* request, v1::PutLimitResponse* response) override;
  Unary* ListLimits(Context* context, const v1::ListLimitsRequest* request, v1::ListLimitsResponse* response) override;
  Unary* EndLimit(Context* context, const v1::EndLimitRequest* request, v1::EndLimitResponse* response) override;
  Unary* PutDefault(Context* context, const v1::PutDefaultRequest* request, v1::PutDefaultResponse* response) override;
  Unary* ListDefaults(Context* context, const v1::ListDefaultsRequest* request,
                      v1::ListDefaultsResponse* response) override;
  Unary* EndDefault(Context* context, const v1::EndDefaultRequest* request, v1::EndDefaultResponse* response) override;
  Unary* IssueInstruction(Context* context, const v1::IssueInstructionRequest* request,
                          v1::IssueInstructionResponse* response) override;
  Unary* RevokeInstruction(Context* context, const v1::RevokeInstructionRequest* request,
                           v1::RevokeInstructionResponse* response) override;
  Unary* ListInstructions(Context* context, const v1::ListInstructionsRequest* request,
                          v1::ListInstructionsResponse* response) override;
  AckReactor* AcknowledgeInstructions(Context* context) override;
  Unary* PollSetpoints(Context* context, const v1::PollSetpointsRequest* request,
                       v1::PollSetpointsResponse* response) override;
  grpc::ServerWriteReactor<v1::WatchSetpointsResponse>* WatchSetpoints(
      Context* context, const v1::WatchSetpointsRequest* request) override;
  Unary* WhySetpoint(Context* context, const v1::WhySetpointRequest* request,
                     v1::WhySetpointResponse* response) override;

 private:
  const server::Rpc& rpc_;
  const Handlers handlers_;
};

}  // namespace derms::emergency
