// A mutation: the rows to write, the event that tells of it, and the answer to keep for a repeated request.
//
// Handlers build mutations and never touch the database; Committer makes them durable (committer.h). A write to an
// owned thing can only be built with the proof that its check was made (libs/domain/access.h), and the SQL repeats
// the owner predicate. Plain values.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "libs/domain/access.h"
#include "libs/domain/approval.h"
#include "libs/domain/der.h"
#include "libs/domain/grid_record.h"
#include "libs/domain/instruction.h"
#include "libs/domain/limit_supervision.h"
#include "libs/domain/records.h"
#include "libs/domain/region.h"
#include "libs/domain/standing_control.h"
#include "libs/store/fence.h"

namespace derms::store {

// Aborts when the proof is for another DER: a bug, not an input.
void CheckProofIsFor(std::string_view der_id, const domain::DerAccess& access);

// New DER; ALREADY_EXISTS DER_EXISTS when the id is taken, DER_KEY_CLASH when another id has the same key.
class DerInsert {
 public:
  DerInsert(const domain::DerAccess& access, domain::Der der) : der_(std::move(der)) {
    CheckProofIsFor(der_.der_id, access);
  }
  const domain::Der& der() const { return der_; }  // revision 1

 private:
  domain::Der der_;
};

// Whole new row; ABORTED REVISION_MISMATCH unless the stored revision is der.revision - 1, the owner matches and a
// capacity that changes was checked against the nameplate that holds when it is written.
class DerReplace {
 public:
  // `grid_revision`: the record of nameplate and settings that a new capacity_kw was checked against, 0 when the DER
  // has none; without it the capacity must stay.
  DerReplace(const domain::DerAccess& access, domain::Der der, std::optional<std::int64_t> grid_revision = std::nullopt)
      : der_(std::move(der)), grid_revision_(grid_revision), required_owner_(access.required_owner()) {
    CheckProofIsFor(der_.der_id, access);
  }
  const domain::Der& der() const { return der_; }
  const std::optional<std::int64_t>& grid_revision() const { return grid_revision_; }
  const std::optional<std::string>& required_owner() const { return required_owner_; }

 private:
  domain::Der der_;
  std::optional<std::int64_t> grid_revision_;
  std::optional<std::string> required_owner_;
};

// The hot one: only stored status, updated_at and revision change.
class DerStatusChange {
 public:
  DerStatusChange(const domain::DerAccess& access, domain::DerStatus status, std::int64_t new_revision,
                  absl::Time updated_at)
      : der_id_(access.der_id()),
        status_(status),
        new_revision_(new_revision),
        updated_at_(updated_at),
        required_owner_(access.required_owner()) {}
  const std::string& der_id() const { return der_id_; }
  domain::DerStatus status() const { return status_; }
  std::int64_t new_revision() const { return new_revision_; }  // stored revision must be one less
  absl::Time updated_at() const { return updated_at_; }
  const std::optional<std::string>& required_owner() const { return required_owner_; }

 private:
  std::string der_id_;
  domain::DerStatus status_;
  std::int64_t new_revision_;
  absl::Time updated_at_;
  std::optional<std::string> required_owner_;
};

// A reading of a DER, of which a mutation may have several: all go to the journal, the newest becomes the DER's newest
// unless it is older than what is stored, which is no error.
class ReadingPut {
 public:
  ReadingPut(const domain::DerAccess& access, domain::Reading reading) : reading_(std::move(reading)) {
    CheckProofIsFor(reading_.der_id, access);
  }
  const domain::Reading& reading() const { return reading_; }

 private:
  domain::Reading reading_;
};

class MaintenanceInsert {
 public:
  MaintenanceInsert(const domain::DerAccess& access, domain::MaintenanceRecord record) : record_(std::move(record)) {
    CheckProofIsFor(record_.der_id, access);
  }
  const domain::MaintenanceRecord& record() const { return record_; }

 private:
  domain::MaintenanceRecord record_;
};

// Rows that no owner has: made with the proof of a region or a role.
struct RegionPut {  // ABORTED REVISION_MISMATCH unless the stored revision is region.revision - 1 (0: not there)
  RegionPut(const domain::RegionAccess&, domain::Region r) : region(std::move(r)) {}
  domain::Region region;
};
struct CapacityRulePut {
  CapacityRulePut(const domain::RoleAccess&, domain::CapacityRule r) : rule(r) {}
  domain::CapacityRule rule;
};
struct GrantPut {  // replaces the regions of an existing grant
  GrantPut(const domain::RoleAccess&, std::string s, domain::Grant g) : subject(std::move(s)), grant(std::move(g)) {}
  std::string subject;
  domain::Grant grant;
};
struct GrantDelete {  // NOT_FOUND GRANT_NOT_FOUND; FAILED_PRECONDITION LAST_ADMIN, decided under a lock in SQL
  GrantDelete(const domain::RoleAccess&, std::string s, domain::Role r) : subject(std::move(s)), role(r) {}
  std::string subject;
  domain::Role role;
};
struct FirstAdmin {  // FAILED_PRECONDITION ALREADY_INITIALIZED when the installation has been initialised
  FirstAdmin(const domain::RoleAccess&, std::string s, absl::Time t) : subject(std::move(s)), granted_at(t) {}
  std::string subject;
  absl::Time granted_at;
};
struct TokenRevocation {  // exactly one of token_id and subject
  TokenRevocation(const domain::RoleAccess&, std::string id, std::string s, absl::Time t)
      : token_id(std::move(id)), subject(std::move(s)), revoked_at(t) {}
  std::string token_id, subject;
  absl::Time revoked_at;
};
struct SeriesPut {  // INVALID_ARGUMENT SERIES_INTERVAL_MISMATCH when kind or interval differ from what is stored
  SeriesPut(const domain::RoleAccess&, domain::SeriesPiece p) : piece(std::move(p)) {}
  domain::SeriesPiece piece;
};
struct RunInsert {
  RunInsert(const domain::RegionAccess&, domain::Run r, domain::Schedules s)
      : run(std::move(r)), schedules(std::move(s)) {}
  domain::Run run;
  domain::Schedules schedules;
};
// Ends a run that is RUNNING: FAILED_PRECONDITION RUN_ENDED when it is not, ABORTED RUN_OF_ANOTHER when another process
// than run.runner solves it.
struct RunFinish {
  RunFinish(const domain::RegionAccess&, domain::Run r, domain::Schedules s)
      : run(std::move(r)), schedules(std::move(s)) {}
  // In place of a process that has given no sign of life for `silence`.
  RunFinish(const domain::RoleAccess&, domain::Run r, absl::Duration silence)
      : run(std::move(r)), silent_for(silence) {}
  domain::Run run;  // as it shall be: state, applied, ended_at, detail_json
  domain::Schedules schedules;
  absl::Duration silent_for;
};
struct RunCancel {  // asks for a run's end; FAILED_PRECONDITION RUN_ENDED
  RunCancel(const domain::RegionAccess&, std::string id, std::string by)
      : run_id(std::move(id)), cancelled_by(std::move(by)) {}
  std::string run_id, cancelled_by;
};
struct RunBeat {  // a sign of life, with how far the run has come; errors as of RunFinish
  RunBeat(const domain::RoleAccess&, std::string id, std::string process, std::string progress)
      : run_id(std::move(id)), runner(std::move(process)), progress_json(std::move(progress)) {}
  std::string run_id, runner, progress_json;
};
// Whole new row, except that of where the runner stands only next_due_at is taken and failures count anew; ABORTED
// REVISION_MISMATCH unless the stored revision is policy.revision - 1 (0: not there).
struct PolicyPut {
  PolicyPut(const domain::RegionAccess&, domain::OptimizationPolicy p) : policy(std::move(p)) {}
  domain::OptimizationPolicy policy;
};
struct PolicyDelete {  // ABORTED REVISION_MISMATCH unless the stored revision is this one
  PolicyDelete(const domain::RegionAccess&, std::string id, std::int64_t r) : policy_id(std::move(id)), revision(r) {}
  std::string policy_id;
  std::int64_t revision = 0;
};
// Moves the runner's place in a policy on; ABORTED REVISION_MISMATCH unless revision and due time are those it saw.
struct PolicyStep {
  PolicyStep(const domain::RoleAccess&, domain::OptimizationPolicy p, absl::Time due)
      : policy(std::move(p)), seen_due_at(due) {}
  domain::OptimizationPolicy policy;  // as it shall be: from next_due_at on
  absl::Time seen_due_at;
};
// Which orders a plan knew of: those of its planner, of others all numbers up to `through` and those in `beyond`.
struct OrdersSeen {
  std::int64_t through = 0;
  std::vector<std::int64_t> beyond;
};
// Gives the order its number. ABORTED ORDERS_CHANGED when there is an order in force, no exercise, that the plan did
// not know of; observers hear of it first (CommitObserver::OnNewerOrder). Without `seen` it is stored whatever there
// is.
struct EmergencyInsert {
  EmergencyInsert(const domain::RegionAccess&, domain::EmergencyOrder o, std::string by = "",
                  std::optional<OrdersSeen> known = std::nullopt)
      : order(std::move(o)), planner(std::move(by)), seen(std::move(known)) {}
  domain::EmergencyOrder order;
  std::string planner;  // who knows of all orders with this name; empty: nobody
  std::optional<OrdersSeen> seen;
};
// Ends a live order, RELEASED or EXPIRED; FAILED_PRECONDITION EMERGENCY_ENDED when it is not ACTIVE any more.
struct EmergencyEnd {
  EmergencyEnd(const domain::RegionAccess&, domain::EmergencyOrder o) : order(std::move(o)) {}
  EmergencyEnd(const domain::RoleAccess&, domain::EmergencyOrder o) : order(std::move(o)) {}
  // As it shall be: state, ended_at, released_by, restoration; revision one more than stored.
  domain::EmergencyOrder order;
};
// Notes that the return of all DERs of an order that has ended was told of; FAILED_PRECONDITION EMERGENCY_RESTORED when
// it was before.
struct EmergencyRestored {
  EmergencyRestored(const domain::RoleAccess&, std::string id) : emergency_id(std::move(id)) {}
  std::string emergency_id;
};

// An order that waits for a second person's word; RESOURCE_EXHAUSTED TOO_MANY_PENDING when kMaxPendingApprovals do.
struct ApprovalRequest {
  ApprovalRequest(const domain::RegionAccess&, domain::EmergencyApproval a) : approval(std::move(a)) {}
  domain::EmergencyApproval approval;
};
// What becomes of it: approved (state kActive, beside the order's EmergencyInsert), declined or lapsed. Of several one
// wins: FAILED_PRECONDITION APPROVAL_CLOSED unless it is pending and, by the database's clock, not over, or over when
// it lapses.
struct ApprovalDecision {
  ApprovalDecision(const domain::RegionAccess&, domain::EmergencyApproval a) : approval(std::move(a)) {}
  ApprovalDecision(const domain::RoleAccess&, domain::EmergencyApproval a) : approval(std::move(a)) {}
  domain::EmergencyApproval approval;  // as it shall be: state, decided_by, decided_at, decision_reason
};

// A new revision of a limit or default, the first or in place of the one before, which is kept as past; ABORTED
// REVISION_MISMATCH unless the current revision is control.revision - 1 (0: there is none).
struct StandingPut {
  StandingPut(const domain::RegionAccess&, domain::StandingControl c) : control(std::move(c)) {}
  StandingPut(const domain::RoleAccess&, domain::StandingControl c) : control(std::move(c)) {}  // the system's own
  domain::StandingControl control;
};

// A breach of a region's limit that has begun, or one of before with its end.
struct BreachPut {
  BreachPut(const domain::RoleAccess&, domain::LimitBreach b) : breach(std::move(b)) {}
  domain::LimitBreach breach;
};

// New instruction of a DER; an earlier one of the same source gives way to it from its start on. NOT_FOUND
// DER_NOT_FOUND when the owner has changed.
class InstructionInsert {
 public:
  InstructionInsert(const domain::DerAccess& access, domain::Instruction instruction)
      : instruction_(std::move(instruction)), required_owner_(access.required_owner()) {
    CheckProofIsFor(instruction_.der_id, access);
  }
  const domain::Instruction& instruction() const { return instruction_; }  // revision 1
  const std::optional<std::string>& required_owner() const { return required_owner_; }

 private:
  domain::Instruction instruction_;
  std::optional<std::string> required_owner_;
};

// Takes one back: state, state_at and revision change. FAILED_PRECONDITION INSTRUCTION_ENDED when its state is final,
// ABORTED REVISION_MISMATCH when it was changed meanwhile.
class InstructionRevoke {
 public:
  InstructionRevoke(const domain::DerAccess& access, domain::Instruction instruction)
      : instruction_(std::move(instruction)) {
    CheckProofIsFor(instruction_.der_id, access);
  }
  const domain::Instruction& instruction() const { return instruction_; }  // as it shall be

 private:
  domain::Instruction instruction_;
};

// What a DER says about what it was told. Of a schedule in force, a limit, a default or an emergency order the
// instruction begins with it. NOT_FOUND INSTRUCTION_NOT_FOUND when nothing of that name was ever told to the DER (or it
// has another owner now), FAILED_PRECONDITION INVALID_INSTRUCTION_TRANSITION; a state that it has already changes
// nothing.
class InstructionAck {
 public:
  InstructionAck(const domain::DerAccess& access, domain::Acknowledgement acknowledgement)
      : acknowledgement_(std::move(acknowledgement)),
        required_owner_(access.required_owner()),
        required_gateway_(access.required_gateway()) {
    CheckProofIsFor(acknowledgement_.der_id, access);
  }
  const domain::Acknowledgement& acknowledgement() const { return acknowledgement_; }
  const std::optional<std::string>& required_owner() const { return required_owner_; }
  const std::optional<std::string>& required_gateway() const { return required_gateway_; }

 private:
  domain::Acknowledgement acknowledgement_;
  std::optional<std::string> required_owner_, required_gateway_;
};

// A new record of nameplate and settings; ABORTED REVISION_MISMATCH unless the newest has revision record.revision - 1
// (0: there is none), the owner matches, the DER is not retired and its capacity is not beyond what the nameplate was
// checked for.
class GridRecordInsert {
 public:
  // `reached_kw`: a rated power that a new nameplate was found to reach (rule E1); without it the nameplate must be
  // that of the record before.
  GridRecordInsert(const domain::DerAccess& access, domain::GridRecord record, std::optional<double> reached_kw)
      : record_(std::move(record)), reached_kw_(reached_kw), required_owner_(access.required_owner()) {
    CheckProofIsFor(record_.der_id, access);
  }
  const domain::GridRecord& record() const { return record_; }
  const std::optional<double>& reached_kw() const { return reached_kw_; }
  const std::optional<std::string>& required_owner() const { return required_owner_; }

 private:
  domain::GridRecord record_;
  std::optional<double> reached_kw_;
  std::optional<std::string> required_owner_;
};

// Instructions that were handed to who speaks for their DERs: those that are NEW become SENT, the others stay.
struct InstructionsSent {
  struct Name {
    base::DerKey der_key = 0;
    domain::ControlSource source = domain::ControlSource::kOperator;
    std::string control_id;
  };
  InstructionsSent(const domain::RoleAccess&, std::vector<Name> n, absl::Time t) : names(std::move(n)), sent_at(t) {}
  std::vector<Name> names;  // none twice
  absl::Time sent_at;
};

using RowWrite =
    std::variant<DerInsert, DerReplace, DerStatusChange, ReadingPut, MaintenanceInsert, RegionPut, CapacityRulePut,
                 GrantPut, GrantDelete, FirstAdmin, TokenRevocation, SeriesPut, RunInsert, RunFinish, RunCancel,
                 RunBeat, PolicyPut, PolicyDelete, PolicyStep, EmergencyInsert, EmergencyEnd, EmergencyRestored,
                 ApprovalRequest, ApprovalDecision, StandingPut, BreachPut, InstructionInsert, InstructionRevoke,
                 InstructionAck, InstructionsSent, GridRecordInsert>;

// Scope of a request id: the same id of another principal, method or DER is another request.
struct Idempotency {
  std::string principal;
  std::string method;          // "/derms.v1.RegistryService/RegisterDer"
  base::DerKey der_key = 0;    // 0 when the request is not about one DER
  std::string request_id;      // given by the client; idempotency is kept only then
  std::string request_sha256;  // 32 bytes: the same id with another body is INVALID_ARGUMENT REQUEST_ID_REUSED
  std::string response_bytes;  // serialised answer, given back to a repeated request
};

// 16 bytes that stand for principal, method and request id: with der_key, the key of the stored answer.
std::string RequestKeyOf(std::string_view principal, std::string_view method, std::string_view request_id);
inline std::string RequestKeyOf(const Idempotency& request) {
  return RequestKeyOf(request.principal, request.method, request.request_id);
}

struct Mutation {
  std::vector<RowWrite> writes;       // at least one
  std::vector<domain::Event> events;  // told with them, in the same transaction; none for readings
  std::optional<Idempotency> idempotency;
  std::optional<Fence> fence;  // ABORTED LEASE_LOST unless it holds in the transaction that writes
};

}  // namespace derms::store
