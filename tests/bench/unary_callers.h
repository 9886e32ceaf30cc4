// Who calls what: sequences of unary calls whose every answer is known beforehand, so that any other is an error.
//
// A caller has its own DERs: two callers never meet on one, and a conflict is the server's.
#pragma once

#include <grpcpp/channel.h>
#include <grpcpp/client_context.h>
#include <grpcpp/support/status.h>

#include <functional>
#include <memory>

#include "tests/bench/load_options.h"

namespace derms::bench {

// One call at a time.
class UnaryCaller {
 public:
  virtual ~UnaryCaller() = default;
  // Sends the next call. `done` gets its outcome, once, from any thread; an answer that is not the expected one is
  // DATA_LOSS. Channel and context live until then.
  virtual void Send(grpc::ClientContext* context, std::function<void(grpc::Status)> done) = 0;
  // Whether the call just answered is one to measure.
  virtual bool measured() const { return true; }
  // Whether all is as it was before the first call.
  virtual bool may_stop() const { return true; }
};

// The caller number `index` of options.in_flight ones.
std::unique_ptr<UnaryCaller> MakeUnaryCaller(const LoadOptions& options, int index,
                                             std::shared_ptr<grpc::Channel> channel);

}  // namespace derms::bench
