// A progress line on a terminal; silent everywhere else.
#pragma once

#include <ostream>
#include <string>

#include "absl/time/time.h"
#include "libs/base/clock.h"

namespace derms::dermsctl {

// Redraws at most ten times a second and wipes itself at the end. Not thread-safe.
class Progress {
 public:
  // `enabled` is false for pipes, --quiet and --json.
  Progress(std::ostream& err, const base::Clock& clock, bool enabled, std::string label);
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  // `share` done, 0 to 1, or negative when the end is unknown; `detail` as "1,200".
  void Update(double share, const std::string& detail);

 private:
  std::ostream& err_;
  const base::Clock& clock_;
  const bool enabled_;
  const std::string label_;
  absl::Time drawn_at_ = absl::InfinitePast();
  bool drawn_ = false;
};

}  // namespace derms::dermsctl
