#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <set>
#include <string>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "libs/store/float_array.h"
#include "libs/store/pg_queries.h"

namespace derms::store {
namespace {

constexpr float kUnknown = std::numeric_limits<float>::quiet_NaN();
// From here on a run's rows are read as they lie instead of each by its key.
constexpr std::size_t kManyKeys = 20'000;

struct PlanRun {
  domain::PlannedStates::Plan plan;
  absl::Time starts_at;
  absl::Duration interval;
  int interval_count = 0;

  absl::Time end_of(int i) const { return starts_at + interval * (i + 1); }
  absl::Time ends_at() const { return starts_at + interval * interval_count; }
  // The interval that `time` lies in, from 0; beyond the horizon at either side when it lies there.
  int index_of(absl::Time time) const {
    const std::int64_t index = absl::Floor(time - starts_at, interval) / interval;
    return static_cast<int>(std::clamp<std::int64_t>(index, -1, interval_count));
  }
};

// Applied runs over the stretch, newest first; of an area no more than the kPlansLookedAt newest that cover it whole
// and those after them.
std::vector<PlanRun> RunsOver(Transaction& transaction, absl::Time from, absl::Time until, absl::Time known_at) {
  static constexpr Statement kRuns{
      "planned_runs",
      "SELECT n.run_id, n.region_id, (extract(epoch FROM n.starts_at) * 1000000)::bigint, n.interval_us, "
      "n.interval_count, n.requested_by, (extract(epoch FROM coalesce(n.ended_at, n.created_at)) * 1000000)::bigint "
      "FROM optimization_run n WHERE n.applied AND n.ends_at > $1::timestamptz AND n.starts_at < $2::timestamptz AND "
      "coalesce(n.ended_at, n.created_at) <= $3::timestamptz ORDER BY n.created_at DESC, n.run_id DESC"};
  const Rows rows = transaction.Run(kRuns, Params().Add(from).Add(until).Add(known_at));
  std::vector<PlanRun> runs;
  std::map<std::string, int> covering;  // by area
  for (std::size_t row = 0; row < rows.size(); ++row) {
    int& seen = covering[rows.Text(row, 1)];
    if (seen == kPlansLookedAt) continue;
    PlanRun& run =
        runs.emplace_back(PlanRun{{rows.Text(row, 0), rows.Text(row, 5), rows.Micros(row, 6), rows.Micros(row, 2), {}},
                                  rows.Micros(row, 2),
                                  absl::Microseconds(rows.Int(row, 3)),
                                  rows.Small(row, 4)});
    run.plan.ends_at = run.ends_at();
    if (run.starts_at <= from && run.ends_at() >= until) ++seen;
  }
  return runs;
}

std::vector<absl::Time> BoundsOf(const std::vector<PlanRun>& runs, absl::Time from, absl::Time until) {
  if (runs.empty()) return {};
  std::set<absl::Time> bounds = {from, until};
  for (const PlanRun& run : runs) {
    if (run.starts_at > from) bounds.insert(run.starts_at);
    for (int i = std::max(0, run.index_of(from)); i < run.interval_count; ++i) {
      bounds.insert(run.end_of(i));
      if (run.end_of(i) >= until) break;
    }
  }
  return {bounds.begin(), bounds.end()};
}

// Lays the rows of runs, newest first, into the slots that no newer run has filled.
class PlanTable {
 public:
  PlanTable(const std::vector<base::DerKey>& keys, std::vector<absl::Time> bounds, absl::Time until) : keys_(keys) {
    states_.bounds = std::move(bounds);
    asked_slots_ = static_cast<std::size_t>(std::lower_bound(states_.bounds.begin(), states_.bounds.end(), until) -
                                            states_.bounds.begin());
    states_.power_kw.assign(keys.size() * states_.slots(), kUnknown);
    states_.state_of_charge_kwh.assign(keys.size() * states_.slots(), kUnknown);
    states_.plan_of.assign(keys.size() * states_.slots(), 0);
    rows_.reserve(keys.size());
    for (std::size_t i = 0; i < keys.size(); ++i) rows_.emplace(keys[i], i);
  }

  std::vector<base::DerKey> Incomplete() const {
    std::vector<base::DerKey> keys;
    for (std::size_t i = 0; i < keys_.size(); ++i) {
      const auto begin = states_.power_kw.begin() + static_cast<std::ptrdiff_t>(i * states_.slots());
      const auto end = begin + static_cast<std::ptrdiff_t>(asked_slots_);
      if (std::any_of(begin, end, [](float value) { return std::isnan(value); })) keys.push_back(keys_[i]);
    }
    return keys;
  }

  void Begin(const PlanRun& run) { states_.plans.push_back(run.plan); }
  // Of the run begun last: `power` and `charge` of its intervals from `first` on; no charge: it is no storage.
  void Lay(const PlanRun& run, int first, base::DerKey key, const std::vector<double>& power,
           const std::vector<double>& charge) {
    const auto found = rows_.find(key);
    if (found == rows_.end()) return;
    const std::size_t row = found->second * states_.slots();
    for (std::size_t slot = 0; slot < states_.slots(); ++slot) {
      const int interval = run.index_of(states_.bounds[slot]) - first;
      if (interval < 0 || interval >= std::ssize(power)) continue;
      float& stored = states_.power_kw[row + slot];
      if (!std::isnan(stored)) continue;
      const auto at = static_cast<std::size_t>(interval);
      stored = static_cast<float>(power[at]);
      states_.plan_of[row + slot] = static_cast<std::uint16_t>(states_.plans.size() - 1);
      if (at < charge.size() && run.end_of(first + interval) == states_.bounds[slot + 1]) {
        states_.state_of_charge_kwh[row + slot] = static_cast<float>(charge[at]);
      }
    }
  }

  domain::PlannedStates Take() { return std::move(states_); }

 private:
  const std::vector<base::DerKey>& keys_;
  domain::PlannedStates states_;
  std::size_t asked_slots_ = 0;  // those before `until`
  absl::flat_hash_map<base::DerKey, std::size_t> rows_;
};

Rows ReadPlans(Transaction& transaction, const PlanRun& run, const std::vector<base::DerKey>& keys, int first,
               int last) {
#define DERMS_PLAN_COLUMNS "SELECT s.der_key, s.power_kw[$2:$3], s.state_of_charge_kwh[$2:$3] FROM schedule s "
  static constexpr Statement kAll{"planned_all", DERMS_PLAN_COLUMNS "WHERE s.run_id = $1"};
  static constexpr Statement kSome{"planned_some",
                                   DERMS_PLAN_COLUMNS "WHERE s.run_id = $1 AND s.der_key = ANY ($4::bigint[])"};
  Params params;
  params.Add(run.plan.run_id).Add(first + 1).Add(last + 1);
  if (keys.size() > kManyKeys) return transaction.Run(kAll, params);
  return transaction.Run(kSome, params.AddArray(BigintArray(keys)));
}

}  // namespace

absl::StatusOr<domain::PlannedStates> PgQueries::LoadPlannedStates(const std::vector<base::DerKey>& der_keys,
                                                                   absl::Time from, absl::Time until,
                                                                   absl::Time known_at, absl::Time deadline) {
  domain::PlannedStates states;
  const absl::Status status = pool_.Run(Transaction::Kind::kSnapshot, deadline, [&](Transaction& transaction) {
    const std::vector<PlanRun> runs = RunsOver(transaction, from, until, known_at);
    PlanTable table(der_keys, BoundsOf(runs, from, until), until);
    for (const PlanRun& run : runs) {
      const std::vector<base::DerKey> wanted = table.Incomplete();
      if (wanted.empty()) break;
      const int first = std::max(0, run.index_of(from));
      const int last = std::min(run.interval_count - 1, run.index_of(until));
      const Rows rows = ReadPlans(transaction, run, wanted, first, last);
      table.Begin(run);
      for (std::size_t row = 0; row < rows.size(); ++row) {
        const auto charge = rows.IsNull(row, 2) ? std::vector<double>() : FloatArrayOf(rows.View(row, 2));
        table.Lay(run, first, rows.Int(row, 0), FloatArrayOf(rows.View(row, 1)), charge);
      }
    }
    states = table.Take();
  });
  if (!status.ok()) return status;
  return states;
}

}  // namespace derms::store
