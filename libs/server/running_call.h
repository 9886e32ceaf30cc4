// One RPC from its first byte to its status: who asks, until when, what is counted and logged of it.
#pragma once

#include <google/protobuf/message.h>
#include <grpcpp/server_context.h>

#include <memory>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "libs/auth/authenticator.h"
#include "libs/base/clock.h"
#include "libs/base/ids.h"
#include "libs/base/worker_pool.h"
#include "libs/observe/log.h"
#include "libs/observe/metrics.h"
#include "libs/observe/trace.h"
#include "libs/server/archive.h"
#include "libs/server/call.h"
#include "libs/server/call_budget.h"
#include "libs/server/denial_log.h"
#include "libs/server/method_table.h"
#include "libs/store/committer.h"
#include "libs/wire/validate.h"

namespace derms::server {

inline constexpr absl::Duration kDefaultUnaryDeadline = absl::Seconds(10);  // when the client gave none
inline constexpr absl::Duration kLongestDeadline = absl::Hours(1);          // whatever the client gave
inline constexpr absl::Duration kStreamItemDeadline = absl::Seconds(10);    // of one message of a stream

// What calls share: threads for whatever blocks, with a queue of bounded length, and the way to the database.
struct Lane {
  base::WorkerPool& pool;
  store::Committer& committer;
  Archive& archive;
};

// What every call needs. All outlive every call.
struct CallParts {
  const MethodTable& methods;
  auth::Authenticator& authenticator;
  const wire::Validator& validator;
  const base::Clock& clock;  // the database's
  base::IdSource& ids;
  Lane usual;
  Lane reserved;  // of methods whose policy says so; the usual one where there are none
  CallBudget& budget;
  observe::Metrics& metrics;
  observe::Logger& logger;
  DenialLog& denials;
};

// Thread-safe once begun, except Finish: called once.
class RunningCall {
 public:
  // Identifies the caller and checks its role again: the gate did, but an identity cannot be handed on safely, and a
  // server reached past the gate must fail closed. Never throws.
  RunningCall(const CallParts& parts, const google::protobuf::Descriptor* request_type,
              const grpc::CallbackServerContext& context);

  const absl::Status& admitted() const { return admitted_; }
  const CallParts& parts() const { return parts_; }
  const MethodInfo& method() const { return method_; }
  const Lane& lane() const { return method_.rule.lane == auth::Lane::kReserved ? parts_.reserved : parts_.usual; }
  const domain::Caller& caller() const { return caller_; }

  // The call as the handler sees it, for a request or for one item of a stream. `deadline` as the client gave it.
  Call MakeCall(const google::protobuf::Message& request, absl::Time deadline) const;
  absl::Time unary_deadline() const { return unary_deadline_; }
  // For streams: whether the caller may still go on. UNAUTHENTICATED TOKEN_EXPIRED, PERMISSION_DENIED UNAUTHORIZED.
  absl::Status StillAdmitted() const;
  // Streams: gRPC is about to free the context. StillAdmitted, which may come later from the hub, then says OK.
  void CloseContext();

  // Tells the log of denials when this is one: of a call, of one message of a stream, or of an item in it.
  void NoteDenial(const Call& call, const absl::Status& status) const;
  // Counts, logs (failures; successes at level debug) and maps.
  grpc::Status Finish(const absl::Status& status, std::string_view request_id);

 private:
  static absl::Time UnaryDeadline(const grpc::CallbackServerContext& context, absl::Time started_at);
  absl::Status Admit(const domain::Caller& caller) const;
  void Log(const absl::Status& status, std::string_view request_id, double seconds) const;

  const CallParts parts_;
  const MethodInfo& method_;
  const absl::Time started_at_;  // of the machine
  const absl::Time unary_deadline_;
  const std::optional<observe::TraceContext> parent_trace_;
  domain::Caller caller_;
  absl::Status admitted_;
  mutable absl::Mutex context_mutex_;
  const grpc::CallbackServerContext* context_ ABSL_GUARDED_BY(context_mutex_);  // null once closed
};

// OK, or INTERNAL SCOPE_UNCHECKED, counted and logged, when the handler never made the check that the policy asks for.
absl::Status CheckScope(const RunningCall& running, const Call& call);

// Runs `handler`; an exception becomes INTERNAL instead of gRPC's UNIMPLEMENTED without a message.
template <typename Handler>
auto Guarded(const Handler& handler) -> decltype(handler()) {
  try {
    return handler();
  } catch (const std::exception& error) {
    return absl::InternalError(error.what());
  } catch (...) {
    return absl::InternalError("an exception that is no std::exception");
  }
}

}  // namespace derms::server
