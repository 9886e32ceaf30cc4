#include "tests/bench/unary_load.h"

#include <memory>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/blocking_counter.h"
#include "tests/bench/unary_callers.h"

namespace derms::bench {
namespace {

constexpr auto kCallLimit = std::chrono::seconds(10);

// Keeps one caller busy; the next call leaves from the thread that brought the answer.
class Loop {
 public:
  Loop(std::unique_ptr<UnaryCaller> caller, const Target& target, const Window& window, absl::BlockingCounter& running)
      : caller_(std::move(caller)), target_(target), window_(window), running_(running), tally_(window) {}

  void Send() {
    context_.emplace();
    context_->set_deadline(std::chrono::system_clock::now() + kCallLimit);
    target_.Authorize(*context_);
    sent_ = SteadyClock::now();
    caller_->Send(&*context_, [this](const grpc::Status& status) { Answered(status); });
  }
  Tally TakeTally() { return std::move(tally_); }

 private:
  void Answered(const grpc::Status& status) {
    const auto now = SteadyClock::now();
    if (!status.ok()) {
      tally_.Failed(absl::StrCat(status.error_code(), " ", status.error_message()));
    } else if (caller_->measured()) {
      tally_.Succeeded(sent_, now, 1);
    } else {
      tally_.Prepared();
    }
    if (!status.ok() || (now >= window_.end && caller_->may_stop())) {
      running_.DecrementCount();
    } else {
      Send();
    }
  }

  const std::unique_ptr<UnaryCaller> caller_;
  const Target& target_;
  const Window window_;
  absl::BlockingCounter& running_;
  Tally tally_;
  std::optional<grpc::ClientContext> context_;
  SteadyClock::time_point sent_;
};

}  // namespace

std::vector<Tally> RunUnaryLoad(const LoadOptions& options, const Target& target) {
  const Window window = Window::FromNow(options);
  absl::BlockingCounter running(options.in_flight);
  std::vector<std::unique_ptr<Loop>> loops;
  for (int i = 0; i < options.in_flight; ++i) {
    loops.push_back(std::make_unique<Loop>(MakeUnaryCaller(options, i, target.channel(i)), target, window, running));
  }
  for (const auto& loop : loops) loop->Send();
  running.Wait();
  std::vector<Tally> tallies;
  for (const auto& loop : loops) tallies.push_back(loop->TakeTally());
  return tallies;
}

}  // namespace derms::bench
