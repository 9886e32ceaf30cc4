#include "tests/bench/plain_registry.h"

#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "libs/base/error.h"
#include "libs/domain/status.h"
#include "libs/server/status_map.h"
#include "libs/store/event_codec.h"
#include "libs/store/mutation.h"
#include "libs/store/pg_error.h"
#include "libs/wire/convert_der.h"
#include "libs/wire/request_digest.h"

namespace derms::bench {
namespace {

using store::Params;
using store::Rows;
using store::Statement;
using store::Transaction;

constexpr std::size_t kQueueLimit = 20'000;
constexpr std::string_view kMethod = "/derms.v1.RegistryService/UpdateDerStatus";

// Everything of one call that its statements need.
struct Change {
  const v1::UpdateDerStatusRequest& request;
  const domain::Caller& caller;
  const absl::Time now;
  const base::DerKey der_key;
  domain::Der der;  // before, then after
};

absl::StatusOr<domain::Der> LockDer(Transaction& transaction, const std::string& der_id, base::DerKey der_key) {
  static constexpr Statement kLock{
      "lock_der",
      "SELECT owner_id, region_id, stored_status, lifecycle, revision FROM der WHERE der_key = $1 AND der_id = $2 FOR "
      "UPDATE"};
  const Rows rows = transaction.Run(kLock, Params().Add(der_key).Add(der_id));
  if (rows.empty()) return base::NotFound("DER_NOT_FOUND", absl::StrCat("no DER ", der_id, " is registered"));
  domain::Der der;
  der.der_id = der_id;
  der.owner_id = rows.Text(0, 0);
  der.region_id = rows.Text(0, 1);
  der.stored_status = static_cast<domain::DerStatus>(rows.Small(0, 2));
  der.lifecycle = static_cast<domain::Lifecycle>(rows.Small(0, 3));
  der.revision = rows.Int(0, 4);
  return der;
}

absl::Status CheckAllowed(const Change& change) {
  static const domain::RegionTree kNoRegions;  // operators of all regions need none
  const std::vector<domain::Role> roles = {domain::Role::kOwner, domain::Role::kOperator, domain::Role::kAdmin};
  RETURN_IF_ERROR(domain::DerAccess::Prove(change.caller, change.der.ownership(), kNoRegions, roles).status());
  const std::int64_t expected = change.request.expected_revision();
  if (expected != 0 && expected != change.der.revision) {
    return base::Aborted("REVISION_MISMATCH", "the DER has another revision; read it again");
  }
  return domain::CheckTransition(change.der, change.der.stored_status, wire::FromProto(change.request.status()));
}

void UpdateDer(Transaction& transaction, const Change& change) {
  static constexpr Statement kUpdate{
      "update_der", "UPDATE der SET stored_status = $2, updated_at = $3, revision = $4 WHERE der_key = $1"};
  transaction.Run(kUpdate, Params()
                               .Add(change.der_key)
                               .Add(static_cast<std::int64_t>(change.der.stored_status))
                               .Add(change.now)
                               .Add(change.der.revision));
}

// The answer once given when the request is a repeated one; else this one is kept.
std::optional<std::string> Remember(Transaction& transaction, const Change& change, const std::string& response) {
  static constexpr Statement kInsert{
      "insert_request",
      "INSERT INTO idempotency (der_key, request_key, request_sha256, response) VALUES ($1, $2, $3, $4) ON CONFLICT DO "
      "NOTHING"};
  static constexpr Statement kFind{"find_request",
                                   "SELECT response FROM idempotency WHERE der_key = $1 AND request_key = $2"};
  const auto key = [&change] {
    return std::move(Params()
                         .Add(change.der_key)
                         .AddBytes(store::RequestKeyOf(change.caller.subject, kMethod, change.request.request_id())));
  };
  const Rows inserted =
      transaction.Run(kInsert, key().AddBytes(wire::RequestDigest(change.request)).AddBytes(response));
  if (inserted.affected() == 1) return std::nullopt;
  return transaction.Run(kFind, key()).Bytes(0, 0);
}

domain::Event EventOf(const Change& change, domain::DerStatus old_status, base::IdSource& ids) {
  domain::Event event;
  event.event_id = ids.NewId();
  event.type = domain::EventType::kDerStatusUpdated;
  event.occurred_at = change.now;
  event.actor = change.caller.subject;
  event.der_id = change.der.der_id;
  event.owner_id = change.der.owner_id;
  event.region_id = change.der.region_id;
  event.old_status = old_status;
  event.new_status = change.der.stored_status;
  event.revision = change.der.revision;
  event.request_id = change.request.request_id().empty() ? ids.NewId() : change.request.request_id();
  event.summary = absl::StrCat("DER ", change.der.der_id, " went from ", std::string(DerStatusName(old_status)), " to ",
                               std::string(DerStatusName(change.der.stored_status)), ".");
  return event;
}

void InsertEvent(Transaction& transaction, const Change& change, const domain::Event& event) {
  static constexpr Statement kInsert{"insert_event",
                                     "INSERT INTO event (der_key, ordinal, stored_bytes) VALUES ($1, 0, $2)"};
  transaction.Run(kInsert, Params().Add(change.der_key).AddBytes(store::CanonicalBytes(event)));
}

v1::UpdateDerStatusResponse AnswerOf(const domain::Der& der) {
  v1::UpdateDerStatusResponse response;
  response.set_der_id(der.der_id);
  response.set_status(wire::ToProto(der.stored_status));
  response.set_stored_status(wire::ToProto(der.stored_status));
  response.set_revision(der.revision);
  return response;
}

// The whole transaction. Throws what SQL throws.
absl::Status Apply(store::Connection& connection, Change& change, base::IdSource& ids,
                   v1::UpdateDerStatusResponse& response) {
  Transaction transaction(connection, Transaction::Kind::kReadWrite);
  ASSIGN_OR_RETURN(change.der, LockDer(transaction, change.request.der_id(), change.der_key));
  RETURN_IF_ERROR(CheckAllowed(change));
  const domain::DerStatus before = change.der.stored_status, after = wire::FromProto(change.request.status());
  const bool changes = before != after && !change.request.validate_only();
  if (before != after) {
    change.der.stored_status = after;
    ++change.der.revision;
  }
  response = AnswerOf(change.der);
  if (!changes) return absl::OkStatus();
  UpdateDer(transaction, change);
  if (!change.request.request_id().empty()) {
    if (const auto known = Remember(transaction, change, response.SerializeAsString())) {
      response.ParseFromString(*known);
      return absl::OkStatus();
    }
  }
  InsertEvent(transaction, change, EventOf(change, before, ids));
  transaction.Commit();
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::unique_ptr<PlainRegistry>> PlainRegistry::Open(const std::string& database_url, int connections,
                                                                   auth::Authenticator& authenticator) {
  Connections opened;
  for (int i = 0; i < connections; ++i) {
    ASSIGN_OR_RETURN(auto connection, store::Connection::Open({.database_url = database_url}));
    opened.push_back(std::move(connection));
  }
  return std::unique_ptr<PlainRegistry>(new PlainRegistry(std::move(opened), authenticator));
}

PlainRegistry::PlainRegistry(Connections connections, auth::Authenticator& authenticator)
    : authenticator_(authenticator), idle_(std::move(connections)), workers_(idle_.size(), kQueueLimit) {}

grpc::ServerUnaryReactor* PlainRegistry::UpdateDerStatus(grpc::CallbackServerContext* context,
                                                         const v1::UpdateDerStatusRequest* request,
                                                         v1::UpdateDerStatusResponse* response) {
  auto* reactor = context->DefaultReactor();
  const absl::Status queued = workers_.Submit([this, context, request, response, reactor] {
    reactor->Finish(server::ToGrpcStatus(Update(*context, *request, *response), request->request_id()));
  });
  if (!queued.ok()) reactor->Finish(server::ToGrpcStatus(queued, request->request_id()));
  return reactor;
}

absl::Status PlainRegistry::Update(const grpc::CallbackServerContext& context,
                                   const v1::UpdateDerStatusRequest& request, v1::UpdateDerStatusResponse& response) {
  ASSIGN_OR_RETURN(const domain::Caller caller,
                   authenticator_.Authenticate(context.client_metadata(), *context.auth_context()));
  RETURN_IF_ERROR(base::ValidateDerId(request.der_id()));
  Change change{request, caller, absl::Now(), base::DerKeyOf(request.der_id()), {}};
  std::unique_ptr<store::Connection> connection = Take();
  const absl::Status status = store::Guarded([&] { return Apply(*connection, change, ids_, response); });
  PutBack(std::move(connection));
  return status;
}

std::unique_ptr<store::Connection> PlainRegistry::Take() {
  absl::MutexLock lock(&mutex_);
  auto connection = std::move(idle_.back());
  idle_.pop_back();
  return connection;
}

void PlainRegistry::PutBack(std::unique_ptr<store::Connection> connection) {
  absl::MutexLock lock(&mutex_);
  idle_.push_back(std::move(connection));
}

}  // namespace derms::bench
