// Telling single DERs what to do, and hearing what became of it.
#pragma once

#include "derms/v1/control.pb.h"
#include "libs/base/ids.h"
#include "libs/domain/instruction.h"
#include "libs/server/call.h"
#include "libs/server/plan.h"
#include "libs/store/control_queries.h"
#include "libs/store/read_model.h"
#include "services/emergency/unanswered.h"

namespace derms::emergency {

// Requests arrive checked field by field (libs/wire/validate.h). Thread-safe.
class InstructionHandlers {
 public:
  // All must outlive the handlers.
  InstructionHandlers(const store::ReadModel& fleet, store::ControlQueries& queries, base::IdSource& ids,
                      const Unanswered& unanswered)
      : fleet_(fleet), queries_(queries), ids_(ids), unanswered_(unanswered) {}

  // From memory. Of an operator's or admin's strength, or, from who is only the DER's owner, the owner's.
  // INVALID_ARGUMENT INVALID_CONTROL; NOT_FOUND DER_NOT_FOUND; PERMISSION_DENIED UNAUTHORIZED; FAILED_PRECONDITION
  // DER_RETIRED.
  absl::StatusOr<server::Plan<v1::IssueInstructionResponse>> IssueInstruction(
      server::Call& call, const v1::IssueInstructionRequest& request) const;
  // Blocks on the database. NOT_FOUND DER_NOT_FOUND, INSTRUCTION_NOT_FOUND; FAILED_PRECONDITION INSTRUCTION_ENDED;
  // PERMISSION_DENIED UNAUTHORIZED, also for an owner who takes back what an operator said.
  absl::StatusOr<server::Plan<v1::RevokeInstructionResponse>> RevokeInstruction(
      server::Call& call, const v1::RevokeInstructionRequest& request) const;
  // Blocks on the database. NOT_FOUND DER_NOT_FOUND, INVALID_ARGUMENT INVALID_PAGE_TOKEN.
  absl::StatusOr<v1::ListInstructionsResponse> ListInstructions(server::Call& call,
                                                                const v1::ListInstructionsRequest& request) const;
  // From memory; the answer names the instruction and its new state alone. INVALID_ARGUMENT INVALID_ACKNOWLEDGEMENT;
  // NOT_FOUND DER_NOT_FOUND, INSTRUCTION_NOT_FOUND (the latter also at commit); FAILED_PRECONDITION
  // INVALID_INSTRUCTION_TRANSITION at commit.
  absl::StatusOr<server::Plan<v1::Instruction>> Acknowledge(server::Call& call, const v1::Acknowledgement& given) const;

 private:
  const store::ReadModel& fleet_;
  store::ControlQueries& queries_;
  base::IdSource& ids_;
  const Unanswered& unanswered_;
};

}  // namespace derms::emergency
