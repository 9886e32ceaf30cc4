// A handler's way to its answer, without the transport: reads with what memory missed, mutations with commit,
// conflicts and repeated requests. Each run owns itself through the callbacks that hold it and answers exactly once.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "absl/time/clock.h"
#include "libs/base/error.h"
#include "libs/server/plan.h"
#include "libs/server/running_call.h"
#include "libs/wire/request_digest.h"

namespace derms::server {

// Where a handler may run: kInline only when it answers from memory; kPoolPatiently for messages of streams, which are
// held back instead of refused.
enum class RunOn { kInline, kPool, kPoolPatiently };

inline constexpr int kMaxConflictRetries = 3;
inline constexpr absl::Duration kLongestCatchUp = absl::Seconds(5);

// OK while there is time; queued work whose caller has given up is not begun.
absl::Status CheckTimeLeft(const Call& call);

// Brings what handlers want into memory. Memory that stays behind is logged and does not keep a handler from answering:
// partial truth is better than silence. Only a refusal is not to be trusted then.
class Fetcher {
 public:
  explicit Fetcher(const RunningCall& running) : running_(running) {}
  absl::Status Fetch(const Call::Wants& wants, absl::Time deadline);  // blocks
  // The refusal, or why it may be wrong: UNAVAILABLE MEMORY_BEHIND.
  absl::Status Refusal(const absl::Status& refusal) const { return behind_.ok() ? refusal : behind_; }

 private:
  const RunningCall& running_;
  absl::Status behind_;
};

// INTERNAL-free keys of a repeated request; nothing when the client gave no request id.
std::optional<store::Idempotency> IdempotencyOf(const Call& call, const google::protobuf::Message& request);

// Whether a failed plan may be that of a request that has succeeded before (the DER exists by now, ...).
bool MayBeRepeated(const absl::Status& status);

// Whether someone else was faster, so that a new plan may succeed.
bool IsConflict(const absl::Status& status);

// Fills in what events share with their call.
void CompleteEvents(const Call& call, store::Mutation& mutation);

// What is followed (MutationRun::Follow): the commit of this call, or an earlier call with the same request id.
enum class Follows { kCommit, kRepeated };

template <typename Response>
using AnswerDone = std::function<void(absl::StatusOr<Response>)>;

template <typename Request, typename Response>
class ReadRun : public std::enable_shared_from_this<ReadRun<Request, Response>> {
 public:
  using Handler = std::function<absl::StatusOr<Response>(Call&, const Request&)>;
  ReadRun(std::shared_ptr<RunningCall> running, Call& call, const Request& request, Handler handler)
      : running_(std::move(running)), call_(call), request_(request), handler_(std::move(handler)) {}

  void Start(RunOn where, AnswerDone<Response> done) {
    done_ = std::move(done);
    if (where == RunOn::kInline) {
      Answer();
    } else {
      OnPool([self = this->shared_from_this()] { self->Answer(); });
    }
  }

 private:
  void OnPool(std::function<void()> task) {
    const absl::Status taken = running_->lane().pool.Submit(std::move(task));
    if (!taken.ok()) done_(taken);
  }
  void Answer() {
    if (const absl::Status time = CheckTimeLeft(call_); !time.ok()) return done_(time);
    auto answer = Guarded([this] { return handler_(call_, request_); });
    auto wants = call_.TakeWants();
    if (wants.any()) {
      return OnPool([self = this->shared_from_this(), wants = std::move(wants)] { self->FetchAndAnswer(wants); });
    }
    if (answer.ok()) {
      if (const absl::Status scope = CheckScope(*running_, call_); !scope.ok()) return done_(scope);
    }
    if (!answer.ok()) return done_(fetcher_.Refusal(answer.status()));
    done_(std::move(answer));
  }
  void FetchAndAnswer(const Call::Wants& wants) {
    const absl::Status fetched = fetcher_.Fetch(wants, call_.deadline());
    if (!fetched.ok()) return done_(fetched);
    Answer();
  }

  const std::shared_ptr<RunningCall> running_;
  Call& call_;
  const Request& request_;
  const Handler handler_;
  Fetcher fetcher_{*running_};
  AnswerDone<Response> done_;
};

template <typename Request, typename Response>
class MutationRun : public std::enable_shared_from_this<MutationRun<Request, Response>> {
 public:
  using Handler = std::function<absl::StatusOr<Plan<Response>>(Call&, const Request&)>;
  // For what goes on after its commit: `done` answers, later and from any thread. Called once: when the request was
  // committed, on the committer's thread, where it must not wait; or when it was a repeated one, on the worker pool.
  using Follow = std::function<void(Call&, const Request&, Response committed, Follows, AnswerDone<Response> done)>;
  MutationRun(std::shared_ptr<RunningCall> running, Call& call, const Request& request, Handler handler,
              Follow follow = nullptr)
      : running_(std::move(running)),
        call_(call),
        request_(request),
        handler_(std::move(handler)),
        follow_(std::move(follow)) {}

  void Start(RunOn where, AnswerDone<Response> done) {
    done_ = std::move(done);
    patient_ = where == RunOn::kPoolPatiently;
    if (where == RunOn::kInline) {
      MakePlan();
    } else {
      OnPool([self = this->shared_from_this()] { self->MakePlan(); });
    }
  }

 private:
  void OnPool(std::function<void()> task) {
    base::WorkerPool& pool = running_->lane().pool;
    const absl::Status taken = patient_ ? pool.SubmitPatient(std::move(task)) : pool.Submit(std::move(task));
    if (!taken.ok()) done_(taken);
  }

  void MakePlan() {
    if (const absl::Status time = CheckTimeLeft(call_); !time.ok()) return done_(time);
    auto plan = Guarded([this] { return handler_(call_, request_); });
    auto wants = call_.TakeWants();
    if (wants.any()) {
      return OnPool([self = this->shared_from_this(), wants = std::move(wants)] { self->FetchAndPlan(wants); });
    }
    if (!plan.ok()) return PlanFailed(fetcher_.Refusal(plan.status()));
    if (const absl::Status scope = CheckScope(*running_, call_); !scope.ok()) return done_(scope);
    if (plan->mutation.writes.empty()) return done_(std::move(plan->response));
    Commit(*std::move(plan));
  }

  void FetchAndPlan(const Call::Wants& wants) {
    const absl::Status fetched = fetcher_.Fetch(wants, call_.deadline());
    if (!fetched.ok()) return done_(fetched);
    MakePlan();
  }

  void Commit(Plan<Response> plan) {
    CompleteEvents(call_, plan.mutation);
    plan.mutation.idempotency = IdempotencyOf(call_, request_);
    if (plan.mutation.idempotency) plan.mutation.idempotency->response_bytes = plan.response.SerializeAsString();
    store::Mutation mutation = std::move(plan.mutation);
    running_->lane().committer.Commit(
        std::move(mutation), call_.deadline(),
        [self = this->shared_from_this(), response = std::move(plan.response), settled = std::move(plan.settled),
         retry = plan.retry_on_conflict](absl::StatusOr<store::Committed> committed) mutable {
          if (settled) std::exchange(settled, nullptr)(committed);
          self->Committed(std::move(committed), std::move(response), retry);
        });
  }

  // On the committer's thread: quick.
  void Committed(absl::StatusOr<store::Committed> committed, Response response, bool retry) {
    if (committed.ok() && committed->replayed) return Replay(committed->response_bytes);
    if (committed.ok()) return Answer(std::move(response), Follows::kCommit);
    if (retry && IsConflict(committed.status()) && retries_ < kMaxConflictRetries) {
      ++retries_;  // someone was faster, and memory has heard of it: plan on what is there now
      return OnPool([self = this->shared_from_this()] { self->MakePlan(); });
    }
    done_(committed.status());
  }

  void PlanFailed(const absl::Status& status) {
    if (!call_.client_gave_request_id() || !MayBeRepeated(status)) return done_(status);
    OnPool([self = this->shared_from_this(), status] {
      auto known = Guarded([&] {
        return self->running_->lane().archive.FindResponse(*IdempotencyOf(self->call_, self->request_),
                                                           self->call_.deadline());
      });
      if (!known.ok()) return self->done_(known.status());
      if (*known) return self->Replay(**known);
      self->done_(status);
    });
  }

  void Replay(const std::string& response_bytes) {
    Response response;
    if (!response.ParseFromString(response_bytes))
      return done_(base::Internal("BROKEN_REPLAY", "a stored answer is broken"));
    if (follow_ == nullptr) return done_(std::move(response));
    OnPool([self = this->shared_from_this(), response = std::move(response)]() mutable {
      self->Answer(std::move(response), Follows::kRepeated);
    });
  }

  void Answer(Response committed, Follows after) {
    if (follow_ == nullptr) return done_(std::move(committed));
    follow_(call_, request_, std::move(committed), after,
            [self = this->shared_from_this()](absl::StatusOr<Response> answer) { self->done_(std::move(answer)); });
  }

  const std::shared_ptr<RunningCall> running_;
  Call& call_;
  const Request& request_;
  const Handler handler_;
  const Follow follow_;
  Fetcher fetcher_{*running_};
  AnswerDone<Response> done_;
  bool patient_ = false;
  int retries_ = 0;
};

}  // namespace derms::server
