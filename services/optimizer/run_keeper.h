// Keeps the runs of all processes in order, once a second: gives a sign of life for those solved here, hears who wants
// their end, ends those of processes that are gone, and wakes who follows a run of another process.
#pragma once

#include <memory>
#include <set>
#include <string>

#include "absl/status/status.h"
#include "libs/base/clock.h"
#include "libs/base/ids.h"
#include "libs/observe/log.h"
#include "libs/store/background_loop.h"
#include "libs/store/committer.h"
#include "libs/store/queries.h"
#include "services/optimizer/run_board.h"

namespace derms::optimizer {

// A process that has been silent for so long is taken for gone; what it solved cannot be stored by it any more.
inline constexpr absl::Duration kRunSilence = absl::Seconds(15);

class RunKeeper {
 public:
  // All must outlive the keeper.
  struct Parts {
    RunBoard& board;
    store::Queries& queries;
    store::Committer& committer;
    const base::Clock& clock;  // the database's
    base::IdSource& ids;
    observe::Logger& logger;
  };
  RunKeeper(std::string runner, Parts parts) : runner_(std::move(runner)), parts_(parts) {}

  // One round every `interval`, until Stop. The owner starts and stops.
  void Start(absl::Duration interval);
  void Stop() { loop_.reset(); }

  // One round; blocks on the database. Its errors are those of Queries.
  absl::Status Round();

 private:
  void Beat(const std::shared_ptr<LiveRun>& live);
  void End(const std::string& run_id);

  const std::string runner_;
  const Parts parts_;
  std::unique_ptr<store::BackgroundLoop> loop_;
};

}  // namespace derms::optimizer
