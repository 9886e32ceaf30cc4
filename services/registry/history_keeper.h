// Folds readings into hours and history, and has them judged on the way, in the one registry that leads.
//
// Everything that must not happen twice is in the database: what is folded is taken off the journal by the transaction
// that stores what it folds into, and that carries the leader's fence.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <optional>

#include "absl/status/statusor.h"
#include "libs/base/clock.h"
#include "libs/observe/log.h"
#include "libs/store/background_loop.h"
#include "libs/store/fence.h"
#include "libs/store/history.h"

namespace derms::registry {

class HistoryKeeper {
 public:
  struct Options {
    absl::Duration keep_readings;
    absl::Duration keep_hours;
    absl::Duration look_every = absl::Seconds(2);
    absl::Duration forget_every = absl::Minutes(1);
    // Of a transaction: it stays short, since a writing transaction holds the chain of events back.
    std::size_t most_readings = 20'000;
    std::size_t most_events = 5'000;
    std::size_t most_forgotten = 5'000;
  };
  // All must outlive the keeper. `fence` is asked before each look: none while another process leads.
  HistoryKeeper(Options options, store::History& history, store::ReadingJudge& judge,
                std::function<std::optional<store::Fence>()> fence, const base::Clock& clock, observe::Logger& logger)
      : options_(options), history_(history), judge_(judge), fence_(std::move(fence)), clock_(clock), logger_(logger) {}
  ~HistoryKeeper() { Stop(); }

  void Start();
  void Stop() { loop_.reset(); }

  // One transaction of each kind. Whether more of the journal is waiting; false also while another process leads.
  absl::StatusOr<bool> Look();
  double folded_readings() const { return static_cast<double>(folded_readings_.load()); }
  double late_readings() const { return static_cast<double>(late_readings_.load()); }  // of these too late to count

 private:
  const Options options_;
  store::History& history_;
  store::ReadingJudge& judge_;  // of the loop's thread
  const std::function<std::optional<store::Fence>()> fence_;
  const base::Clock& clock_;
  observe::Logger& logger_;
  absl::Time forgotten_at_ = absl::InfinitePast(), statuses_at_ = absl::InfinitePast();  // of the loop's thread
  std::atomic<std::size_t> folded_readings_ = 0, late_readings_ = 0;
  std::unique_ptr<store::BackgroundLoop> loop_;
};

}  // namespace derms::registry
