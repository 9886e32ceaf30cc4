// Supervises the limits of regions: once a second, in the one process that leads, it compares what is measured with
// them. A breach is told with its cause and, unless it is only to be reported, corrected by a limit for all DERs of the
// region (PutLimit, primacy 0, by "system"), which is tightened while it does not help, loosened while it keeps DERs
// from more than they need to be kept from, and taken back once it is needed no more.
//
// What lasts is in the database: open breaches and the limit. Whoever leads next goes on with them. The limit ends by
// itself when nobody renews it.
#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "libs/base/clock.h"
#include "libs/base/ids.h"
#include "libs/domain/limit_supervision.h"
#include "libs/observe/log.h"
#include "libs/store/background_loop.h"
#include "libs/store/committer.h"
#include "libs/store/control_queries.h"
#include "libs/store/read_model.h"
#include "services/emergency/control_sheet.h"
#include "services/emergency/region_power.h"
#include "services/emergency/supervised_limits.h"

namespace derms::emergency {

// How long the limit that corrects holds unless it is renewed, which is done at half of it.
inline constexpr absl::Duration kCorrectionLife = absl::Minutes(5);

enum class SupervisionMode { kOff, kReport, kCorrect };
// Of the setting limit-supervision: "off", "report", "correct". INVALID_ARGUMENT BAD_SETTING.
absl::StatusOr<SupervisionMode> ParseSupervisionMode(const std::string& text);

class LimitSupervisor {
 public:
  // All must outlive the supervisor.
  struct Parts {
    const RegionPower& power;
    const store::ReadModel& fleet;
    store::Queries& queries;
    store::ControlQueries& controls;
    const ControlSheets& sheets;
    store::Committer& committer;
    const base::Clock& clock;  // the database's
    base::IdSource& ids;
    observe::Logger& logger;
  };
  // `fence` is asked before each look: none while another process leads.
  LimitSupervisor(const Parts& parts, SupervisionMode mode, std::function<std::optional<store::Fence>()> fence);

  // One look every `interval`, until Stop; nothing when it is off. The owner starts and stops.
  void Start(absl::Duration interval);
  void Stop() { loop_.reset(); }

  // One look. Blocks on the database; errors of its queries. What cannot be written is tried again at the next.
  absl::Status Look();

  // For gauges, from any thread.
  int leading() const { return leading_; }
  int breaches() const { return breaches_; }
  int corrections() const { return corrections_; }

 private:
  using Key = std::pair<std::string, domain::FlowDirection>;  // of a region
  struct Watched {
    domain::BreachWatch watch;
    domain::LimitBreach breach;  // while watch.breached
    double share = 1;            // of the correction; 1: none
    int measured_count = 0;      // when the breach began: with much less, a low flow says nothing
  };
  // A look at one limit.
  struct Seen {
    const FlowLimit& limit;
    RegionTotals totals;
    double flow_kw = 0;
    absl::Time at;
  };

  absl::Status Adopt(absl::Time now);
  absl::Status ReadStanding(absl::Time now);
  void JudgeLimit(const std::string& region_id, const FlowLimit& limit, absl::Time now);
  void Renew(absl::Time now);
  // Those who are beyond the share that was given them by `since`, although they have reported after it, cannot be
  // told less: others must make up for them.
  std::vector<domain::FlowPart> FlowParts(const Key& key, double share, absl::Time since, absl::Time now) const;
  absl::StatusOr<domain::BreachCause> FindCause(const Key& key, double over_kw, absl::Time now) const;
  void Log(const Key& key, const char* what, const absl::Status& outcome) const;

  // limit_correction.cc: what is written at each step; `watched` is then as it shall be. Block on the database.
  absl::Status Begin(const Key& key, Watched& watched, const Seen& seen);
  absl::Status Change(const Key& key, Watched& watched, const Seen& seen, domain::BreachStep step, absl::Time since);
  absl::Status Relieve(const Key& key, Watched& watched, const std::string& how, absl::Time now);
  // Adds the region's correction, as the shares of its directions want it, and commits.
  absl::Status Write(const std::string& region_id, const std::string& reason, store::Mutation mutation, absl::Time now);
  absl::Status AddCorrection(const std::string& region_id, const std::string& reason, store::Mutation& mutation,
                             absl::Time now) const;
  domain::PowerTerms SharesOf(const std::string& region_id) const;
  domain::Event Told(domain::EventType type, const std::string& region_id, std::string summary, absl::Time now) const;

  const Parts parts_;
  const SupervisionMode mode_;
  const std::function<std::optional<store::Fence>()> fence_;
  std::optional<store::Fence> held_;  // that of the present look
  RegionLoads loads_;
  std::vector<domain::StandingControl> standing_;
  absl::Time standing_read_at_ = absl::InfinitePast();
  std::map<Key, Watched> watched_;
  std::map<std::string, absl::Time> corrected_until_;  // by region
  std::vector<std::string> unknown_load_;              // as last logged
  std::atomic<int> leading_ = 0, breaches_ = 0, corrections_ = 0;
  std::unique_ptr<store::BackgroundLoop> loop_;
};

}  // namespace derms::emergency
