// What a message of a bulk stream asks for, planned and committed: item by item, or as one mutation.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <utility>

#include "absl/time/clock.h"
#include "libs/server/runs.h"
#include "libs/server/status_map.h"

namespace derms::server {

// The results of one message as they come in; answers when the last has.
template <typename Answer>
class ItemResults {
 public:
  using Done = std::function<void(absl::StatusOr<Answer>)>;
  ItemResults(int count, Done done) : pending_(count), done_(std::move(done)) {
    for (int i = 0; i < count; ++i) answer_.add_results();
  }
  void Succeeded(int index, const std::string& der_id, std::int64_t revision) {
    auto* result = answer_.mutable_results(index);
    result->set_der_id(der_id);
    result->set_revision(revision);
    Settled();
  }
  void Failed(int index, const std::string& der_id, const absl::Status& status, const std::string& request_id) {
    auto* result = answer_.mutable_results(index);
    result->set_der_id(der_id);
    *result->mutable_error() = ToRpcStatus(status, request_id);
    Settled();
  }

 private:
  void Settled() {  // each index is written by one thread; the last one sees all of them
    if (--pending_ == 0) done_(std::move(answer_));
  }
  std::atomic<int> pending_;
  const Done done_;
  Answer answer_;
};

// Plans on the pool, so that a thousand items do not hold up a thread of gRPC; commits without waiting for each other.
template <typename Message, typename Answer, typename Handler, typename RevisionOf, typename Done>
void PlanItems(const std::shared_ptr<RunningCall>& running, const Message& message, Handler handler,
               RevisionOf revision_of, Done done) {
  using Item = std::decay_t<decltype(message.items(0))>;
  using Planned = decltype(handler(std::declval<Call&>(), std::declval<const Item&>()));
  using Response = decltype(std::declval<Planned>().value().response);
  // `message` lives as long as `done`, which the results hold.
  const auto results = std::make_shared<ItemResults<Answer>>(message.items_size(), done);
  const absl::Status taken = running->lane().pool.SubmitPatient([running, &message, handler, revision_of, results] {
    for (int i = 0; i < message.items_size(); ++i) {
      const Item& item = message.items(i);
      const auto call = std::make_shared<Call>(running->MakeCall(item, absl::Now() + kStreamItemDeadline));
      if (const absl::Status valid = running->parts().validator.Check(item); !valid.ok()) {
        results->Failed(i, item.der_id(), valid, call->request_id());
        continue;
      }
      const auto run = std::make_shared<MutationRun<Item, Response>>(running, *call, item, handler);
      run->Start(RunOn::kInline, [running, results, i, call, &item, revision_of](absl::StatusOr<Response> response) {
        running->NoteDenial(*call, response.status());
        if (response.ok()) {
          results->Succeeded(i, item.der_id(), revision_of(*response));
        } else {
          results->Failed(i, item.der_id(), response.status(), call->request_id());
        }
      });
    }
  });
  if (!taken.ok()) done(taken);
}

// The envelope was checked when the message came; the handler checks its items, so that a bad one does not end the
// stream for the others.
template <typename Message, typename Answer, typename Handler, typename Done>
void PlanMessage(const std::shared_ptr<RunningCall>& running, const Message& message, Handler handler, Done done) {
  const auto call = std::make_shared<Call>(running->MakeCall(message, absl::Now() + kStreamItemDeadline));
  const auto run = std::make_shared<MutationRun<Message, Answer>>(running, *call, message, handler);
  run->Start(RunOn::kPoolPatiently, [running, call, done](absl::StatusOr<Answer> answer) {
    running->NoteDenial(*call, answer.status());
    done(std::move(answer));
  });
}

}  // namespace derms::server
