// The only thing that says yes. gRPC asks the gate before it looks up a handler or reads a request, for every call
// on a port, unary or streaming, known or unknown.
#pragma once

#include <grpcpp/security/auth_metadata_processor.h>

#include <atomic>
#include <string_view>

#include "libs/auth/authenticator.h"
#include "libs/auth/policy_table.h"

namespace derms::auth {

// One decision, for counters and the log of denials. Valid during the call only.
struct GateDecision {
  std::string_view method;   // path from the table, "unknown" for any other: callers must not make up metric labels
  std::string_view reason;   // "OK", a reason of the caller's message, or the precise one of a bad credential
  std::string_view subject;  // empty when not authenticated
};

class GateObserver {
 public:
  virtual ~GateObserver() = default;
  virtual void OnDecision(const GateDecision& decision) = 0;  // thread-safe, must not block
};

// Answers, in this order; every message starts with its reason:
//   INTERNAL           NO_PATH          the call has no :path
//   OK                                  the method is public (health)
//   UNAUTHENTICATED    UNAUTHENTICATED  no or bad credentials; one message for every forgery
//   UNAVAILABLE        ROLES_STALE      roles older than 30 s
//   UNIMPLEMENTED      UNKNOWN_METHOD   no rule for the path
//   PERMISSION_DENIED  UNAUTHORIZED     none of the roles; the message names them
//   UNAVAILABLE        DRAINING         the server is stopping
// Rows (whose DER, which region) are not the gate's: the handler proves them (libs/domain/access.h). The identity is
// not left in the AuthContext, which belongs to the connection: ask the Authenticator again.
class Gate final : public grpc::AuthMetadataProcessor {
 public:
  // All must outlive the gate.
  Gate(const PolicyTable& policies, Authenticator& authenticator, GateObserver& observer);

  bool IsBlocking() const override { return false; }  // Process runs on gRPC's own thread
  grpc::Status Process(const InputMetadata& metadata, grpc::AuthContext* connection, OutputMetadata* consumed,
                       OutputMetadata* response) override;
  void SetDraining(bool draining) { draining_ = draining; }

 private:
  const PolicyTable& policies_;
  Authenticator& authenticator_;
  GateObserver& observer_;
  std::atomic<bool> draining_ = false;
};

}  // namespace derms::auth
