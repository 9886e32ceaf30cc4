// The adapters between gRPC's callback API and handlers: one line per method in a service class.
//
//   grpc::ServerUnaryReactor* GetDer(grpc::CallbackServerContext* context, const GetDerRequest* request,
//                                    GetDerResponse* response) override {
//     return rpc_.Read(context, request, response, [this](auto& call, auto& r) { return ders_.GetDer(call, r); });
//   }
//
// Every adapter identifies the caller, checks the request against its field rules, sets a deadline, catches
// exceptions, withholds answers whose scope was never checked, counts, logs and maps the status. No thread of gRPC
// waits.
#pragma once

#include <grpcpp/support/server_callback.h>

#include <memory>
#include <utility>

#include "libs/server/bulk.h"
#include "libs/server/bulk_items.h"
#include "libs/server/cancellable_reactor.h"
#include "libs/server/running_call.h"
#include "libs/server/runs.h"
#include "libs/server/stream_hub.h"
#include "libs/server/watch.h"

namespace derms::server {

// Thread-safe.
class Rpc {
 public:
  Rpc(CallParts parts, StreamHub& streams) : parts_(parts), streams_(streams) {}  // `streams` outlives this

  // Handler: absl::StatusOr<Response>(Call&, const Request&), from memory.
  template <typename Request, typename Response, typename Handler>
  grpc::ServerUnaryReactor* Read(grpc::CallbackServerContext* context, const Request* request, Response* response,
                                 Handler handler) const {
    return Unary<ReadRun<Request, Response>>(context, request, response, RunOn::kInline, std::move(handler));
  }
  // The same for a handler that blocks (SQL, long computing).
  template <typename Request, typename Response, typename Handler>
  grpc::ServerUnaryReactor* Query(grpc::CallbackServerContext* context, const Request* request, Response* response,
                                  Handler handler) const {
    return Unary<ReadRun<Request, Response>>(context, request, response, RunOn::kPool, std::move(handler));
  }
  // The same for one that computes for long and polls Call::cancelled().
  template <typename Request, typename Response, typename Handler>
  grpc::ServerUnaryReactor* CancellableQuery(grpc::CallbackServerContext* context, const Request* request,
                                             Response* response, Handler handler) const {
    auto cancelled = std::make_shared<std::atomic<bool>>(false);
    auto* reactor = new CancellableReactor(cancelled);  // gRPC's from here on
    Begin<ReadRun<Request, Response>>(context, *reactor, request, response, RunOn::kPool, std::move(cancelled),
                                      std::move(handler));
    return reactor;
  }
  // Handler: absl::StatusOr<Plan<Response>>(Call&, const Request&), from memory; it may be asked again.
  template <typename Request, typename Response, typename Handler>
  grpc::ServerUnaryReactor* Mutate(grpc::CallbackServerContext* context, const Request* request, Response* response,
                                   Handler handler) const {
    return Unary<MutationRun<Request, Response>>(context, request, response, RunOn::kInline, std::move(handler));
  }
  template <typename Request, typename Response, typename Handler>
  grpc::ServerUnaryReactor* MutateOnPool(grpc::CallbackServerContext* context, const Request* request,
                                         Response* response, Handler handler) const {
    return Unary<MutationRun<Request, Response>>(context, request, response, RunOn::kPool, std::move(handler));
  }
  // A mutation that goes on after its commit (a run that is stored when it begins). Follow: MutationRun::Follow.
  template <typename Request, typename Response, typename Handler, typename Follow>
  grpc::ServerUnaryReactor* MutateAndFollow(grpc::CallbackServerContext* context, const Request* request,
                                            Response* response, Handler handler, Follow follow) const {
    auto* reactor = context->DefaultReactor();
    Begin<MutationRun<Request, Response>>(context, *reactor, request, response, RunOn::kPool, nullptr,
                                          std::move(handler), std::move(follow));
    return reactor;
  }

  // Bulk form of a mutation: items succeed or fail alone, answers are ItemResults in order. Handler: that of the single
  // call. RevisionOf: std::int64_t(const the single call's response&).
  template <typename Message, typename Answer, typename Handler, typename RevisionOf>
  grpc::ServerBidiReactor<Message, Answer>* Bulk(grpc::CallbackServerContext* context, Handler handler,
                                                 RevisionOf revision_of) const {
    return Stream<Message, Answer>(
        context, [handler, revision_of](const auto& running, const Message& message, auto done) {
          PlanItems<Message, Answer>(running, message, handler, revision_of, std::move(done));
        });
  }
  // Each message is one mutation. Handler: absl::StatusOr<Plan<Answer>>(Call&, const Message&).
  template <typename Message, typename Answer, typename Handler>
  grpc::ServerBidiReactor<Message, Answer>* MutateStream(grpc::CallbackServerContext* context, Handler handler) const {
    return Stream<Message, Answer>(context, [handler](const auto& running, const Message& message, auto done) {
      PlanMessage<Message, Answer>(running, message, handler, std::move(done));
    });
  }
  // Handler: absl::StatusOr<std::unique_ptr<WatchSource<Response>>>(Call&, const Request&, std::function<void()> wake).
  template <typename Request, typename Response, typename Handler>
  grpc::ServerWriteReactor<Response>* Watch(grpc::CallbackServerContext* context, const Request* request,
                                            const Handler& handler) const {
    auto running = std::make_shared<RunningCall>(parts_, Request::descriptor(), *context);
    Call call = running->MakeCall(*request, absl::Now() + kStreamItemDeadline);
    const auto stream = StartStream<WatchStream<Response>>(running, call.request_id());
    absl::Status admitted = running->admitted();
    if (admitted.ok()) admitted = parts_.validator.Check(*request);
    if (admitted.ok()) admitted = streams_.Add(stream);
    if (!admitted.ok()) {
      stream->End(admitted);
      return stream.get();
    }
    auto source = Guarded([&]() -> absl::StatusOr<std::unique_ptr<WatchSource<Response>>> {
      return handler(call, *request, [weak = std::weak_ptr(stream)] {
        if (const auto alive = weak.lock()) alive->Wake();
      });
    });
    absl::Status begun = source.status();
    if (begun.ok()) begun = CheckScope(*running, call);
    if (begun.ok()) {
      stream->Begin(*std::move(source));
    } else {
      running->NoteDenial(call, begun);
      stream->End(begun);
    }
    return stream.get();
  }

  const CallParts& parts() const { return parts_; }

 private:
  template <typename Run, typename Request, typename Response>
  grpc::ServerUnaryReactor* Unary(grpc::CallbackServerContext* context, const Request* request, Response* response,
                                  RunOn where, typename Run::Handler handler) const {
    auto* reactor = context->DefaultReactor();
    Begin<Run>(context, *reactor, request, response, where, nullptr, std::move(handler));
    return reactor;
  }

  // From the call's first byte to `reactor.Finish`, which may come before this returns.
  // `work`: the handler, and what else the run is made of.
  template <typename Run, typename Request, typename Response, typename... Work>
  void Begin(grpc::CallbackServerContext* context, grpc::ServerUnaryReactor& reactor, const Request* request,
             Response* response, RunOn where, std::shared_ptr<const std::atomic<bool>> cancelled, Work... work) const {
    const auto running = std::make_shared<RunningCall>(parts_, Request::descriptor(), *context);
    // Lives as long as its run; `request` and `response` live until Finish.
    const auto call = std::make_shared<Call>(running->MakeCall(*request, running->unary_deadline()));
    call->WatchCancellation(std::move(cancelled));
    absl::Status admitted = running->admitted();
    if (admitted.ok()) admitted = parts_.validator.Check(*request);
    if (!admitted.ok()) return reactor.Finish(running->Finish(admitted, call->request_id()));
    const auto run = std::make_shared<Run>(running, *call, *request, std::move(work)...);
    run->Start(where, [&reactor, running, call, response](absl::StatusOr<Response> answer) {
      running->NoteDenial(*call, answer.status());
      if (answer.ok()) *response = *std::move(answer);
      reactor.Finish(running->Finish(answer.status(), call->request_id()));
    });
  }

  template <typename Message, typename Answer>
  grpc::ServerBidiReactor<Message, Answer>* Stream(grpc::CallbackServerContext* context,
                                                   typename BulkStream<Message, Answer>::Work work) const {
    auto running = std::make_shared<RunningCall>(parts_, Message::descriptor(), *context);
    const auto stream = std::make_shared<BulkStream<Message, Answer>>(running, std::move(work));
    absl::Status admitted = running->admitted();
    if (admitted.ok()) admitted = streams_.Add(stream);
    stream->Begin(admitted);
    return stream.get();
  }

  const CallParts parts_;
  StreamHub& streams_;
};

}  // namespace derms::server
