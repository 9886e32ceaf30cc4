#include "services/registry/audit_handlers.h"

#include <algorithm>
#include <optional>
#include <string>

#include "libs/base/error.h"
#include "libs/wire/convert_time.h"

namespace derms::registry {
namespace {

constexpr std::int64_t kDefaultLimit = 100'000;

bool IsSha256Hex(const std::string& text) {
  return text.size() == 64 && text.find_first_not_of("0123456789abcdef") == std::string::npos;
}

absl::StatusOr<std::optional<store::ChainHead>> CheckpointOf(const v1::VerifyLogRequest& request) {
  if (!request.has_checkpoint()) return std::optional<store::ChainHead>();
  const v1::Checkpoint& given = request.checkpoint();
  if (given.sequence() < 1 || !IsSha256Hex(given.chain_hash())) {
    return base::InvalidArgument("INVALID_CHECKPOINT", "give the checkpoint as ExportCheckpoint answered it")
        .Field("checkpoint", "needs a sequence from 1 and a chain_hash of 64 lower-case hexadecimal digits");
  }
  return std::optional<store::ChainHead>({given.sequence(), given.chain_hash()});
}

}  // namespace

absl::StatusOr<v1::VerifyLogResponse> AuditHandlers::VerifyLog(server::Call& call,
                                                               const v1::VerifyLogRequest& request) const {
  ASSIGN_OR_RETURN(const auto checkpoint, CheckpointOf(request));
  const std::int64_t from = std::max<std::int64_t>(request.from_sequence(), 1);
  const std::int64_t limit = request.limit() == 0 ? kDefaultLimit : request.limit();
  ASSIGN_OR_RETURN(const store::ChainCheck check,
                   queries_.VerifyChain(from, static_cast<std::size_t>(limit), checkpoint, call.deadline()));
  v1::VerifyLogResponse response;
  response.set_valid(check.valid);
  response.set_broken_sequence(check.broken_sequence);
  response.set_finding(check.finding);
  response.set_checked(check.checked);
  response.set_through_sequence(check.through_sequence);
  return response;
}

absl::StatusOr<v1::ExportCheckpointResponse> AuditHandlers::ExportCheckpoint(server::Call& call,
                                                                             const v1::ExportCheckpointRequest&) const {
  ASSIGN_OR_RETURN(const store::ChainHead head, queries_.ReadChainHead(call.deadline()));
  v1::ExportCheckpointResponse response;
  response.mutable_checkpoint()->set_sequence(head.sequence);
  response.mutable_checkpoint()->set_chain_hash(head.hash_hex);
  *response.mutable_checkpoint()->mutable_read_at() = wire::ToProto(call.now());
  return response;
}

}  // namespace derms::registry
