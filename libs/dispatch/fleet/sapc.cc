#include "libs/dispatch/fleet/sapc.h"

#include <algorithm>
#include <functional>
#include <memory>

#include "absl/strings/str_cat.h"
#include "libs/base/error.h"
#include "libs/dispatch/fleet/backing.h"
#include "libs/dispatch/fleet/kept_proof.h"
#include "libs/dispatch/fleet/region_run.h"
#include "libs/dispatch/fleet/tree_run.h"

namespace derms::dispatch::fleet {
namespace {

// A generous guess of what a fleet takes, processor seconds: per device that is not a renewable and interval, and per
// root and interval (the surrogate grows faster than that, but is stopped by the clock), and per region below others.
constexpr double kSecondsPerDeviceInterval = 4e-7, kSecondsPerRootInterval = 4e-3, kSecondsPerRegionInterval = 1e-4;
// Of the device's share, where energy must back headroom.
constexpr double kTimesWithBacking = 3.0;

class FleetRun {
 public:
  FleetRun(const Fleet& fleet, const SapcOptions& options, SapcReport& report, WarmStart* next)
      : fleet_(fleet),
        options_(options),
        report_(report),
        limits_{absl::Now() + options.time_limit, options.cancelled},
        threads_(static_cast<std::size_t>(std::max(options.threads, 1))),
        workers_(static_cast<int>(threads_)),
        spaces_(threads_, ResponseSpace(fleet)),
        forest_(fleet),
        resumes_(options.warm != nullptr && Fits(*options.warm, fleet) && !AsksForBacking(fleet)),
        next_(next),
        reports_(fleet.regions.size()) {
    for (std::size_t r = 0; r < fleet.regions.size(); ++r) {
      if (fleet.regions[r].parent < 0) roots_.push_back(r);
    }
  }

  absl::StatusOr<FleetSchedule> Run() {
    Allocate();
    if (next_ != nullptr) {
      fleet::Allocate(fleet_, next_->proof);
      next_->bases.resize(fleet_.regions.size());
    }
    ForEachRegion([&](std::size_t r, Workers&, std::vector<ResponseSpace>&) {
      const double start = ThreadSeconds();
      runs_[r] = MakeRun(static_cast<int>(r), reports_[r]);
      reports_[r].model_seconds += ThreadSeconds() - start;
    });
    if (IsTight()) {
      // From the quickest to the best; what time cuts off leaves what stands.
      ForEachRegion([&](std::size_t r, Workers& w, std::vector<ResponseSpace>& s) { runs_[r]->AnswerAtOnce(w, s); });
      ForEachRegion([&](std::size_t r, Workers&, std::vector<ResponseSpace>&) {
        if (!limits_.Stop()) runs_[r]->Share(limits_).IgnoreError();
      });
      ForEachRegion([&](std::size_t r, Workers& w, std::vector<ResponseSpace>& s) {
        runs_[r]->Prove(w, s, limits_).IgnoreError();
      });
      Report("shares");
    }
    std::vector<absl::Status> ends(fleet_.regions.size());
    ForEachRegion([&](std::size_t r, Workers& w, std::vector<ResponseSpace>& s) {
      ends[r] = Improve(r, w, s);
      if (!runs_[r]->has_schedule()) runs_[r]->AnswerAtOnce(w, s);
    });
    report_.device_solves += 2.0;
    Report("anchored");
    if (options_.cancelled != nullptr && options_.cancelled->load()) {
      return base::ErrorBuilder(absl::StatusCode::kCancelled, "CANCELLED", "the solve was cancelled");
    }
    report_.finished = std::all_of(ends.begin(), ends.end(), [](const absl::Status& end) { return end.ok(); });
    return Finish();
  }

 private:
  using Job = std::function<void(std::size_t region, Workers& workers, std::vector<ResponseSpace>& spaces)>;

  std::unique_ptr<RootRun> MakeRun(int root, SapcReport& report) {
    if (forest_[root].children.empty()) {
      return std::make_unique<RegionRun>(fleet_, root, options_, schedule_, report, next_);
    }
    return std::make_unique<TreeRun>(fleet_, forest_, root, options_, schedule_, report);
  }

  // Roots. Many: one thread each. Few: all threads on one.
  void ForEachRegion(const Job& job) {
    if (roots_.size() < threads_ || threads_ == 1) {
      for (std::size_t r : roots_) job(r, workers_, spaces_);
      return;
    }
    std::vector<std::vector<ResponseSpace>> own;
    std::vector<std::unique_ptr<Workers>> single;
    for (std::size_t w = 0; w < threads_; ++w) {
      own.emplace_back(1, ResponseSpace(fleet_));
      single.push_back(std::make_unique<Workers>(1));
    }
    workers_.Run(roots_.size(),
                 [&](std::size_t k, std::size_t worker) { job(roots_[k], *single[worker], own[worker]); });
  }

  absl::Status Improve(std::size_t r, Workers& workers, std::vector<ResponseSpace>& spaces) {
    if (limits_.Stop()) return base::DeadlineExceeded("STOPPED", "no time left");
    if (resumes_ && runs_[r]->resumes() && runs_[r]->Resume(*options_.warm, workers, spaces, limits_).ok()) {
      reports_[r].resumed_regions = 1;
      return absl::OkStatus();
    }
    return runs_[r]->Coordinate(workers, spaces, limits_);
  }

  void Allocate() {
    schedule_.storage_kw.assign(fleet_.storages.size() * fleet_.intervals(), 0.0F);
    schedule_.unit_kw.assign(fleet_.units.size() * fleet_.intervals(), 0.0F);
    schedule_.hydro_kw.assign(fleet_.hydros.size() * fleet_.intervals(), 0.0F);
    schedule_.renewable_taken_kw.assign(fleet_.renewables.classes.size() * fleet_.intervals(), 0.0);
    schedule_.regions.resize(fleet_.regions.size());
    schedule_.prices.resize(fleet_.regions.size());
    runs_.resize(fleet_.regions.size());
  }

  bool IsTight() const {
    const auto devices = static_cast<double>(fleet_.device_count() - fleet_.renewables.size()) *
                         (AsksForBacking(fleet_) ? kTimesWithBacking : 1.0);
    const auto intervals = static_cast<double>(fleet_.interval_count);
    const auto roots = static_cast<double>(roots_.size()), below = static_cast<double>(fleet_.regions.size()) - roots;
    const double seconds = intervals * (devices * kSecondsPerDeviceInterval + roots * kSecondsPerRootInterval +
                                        below * kSecondsPerRegionInterval);
    return absl::Seconds(seconds / static_cast<double>(threads_)) > options_.time_limit;
  }

  void Report(std::string_view phase) const {
    if (!options_.progress) return;
    double cost = 0.0, bound = 0.0;
    for (std::size_t r : roots_) {
      if (!runs_[r]->has_schedule()) cost = kUnlimited;
      cost += runs_[r]->cost_usd();
      bound += runs_[r]->lower_bound_usd();
    }
    options_.progress({phase, cost, bound});
  }

  absl::StatusOr<FleetSchedule> Finish() {
    schedule_.cost_usd = schedule_.lower_bound_usd = 0.0;
    for (std::size_t r : roots_) {
      if (!runs_[r]->balanced()) {
        return base::FailedPrecondition("NO_SCHEDULE_FOUND",
                                        absl::StrCat("devices of region ", fleet_.regions[r].id,
                                                     " have to consume more than its import limit lets in"));
      }
      schedule_.cost_usd += runs_[r]->cost_usd();
      schedule_.lower_bound_usd += runs_[r]->lower_bound_usd();
      const SapcReport& part = reports_[r];
      report_.model_seconds += part.model_seconds;
      report_.surrogate_seconds += part.surrogate_seconds;
      report_.bound_seconds += part.bound_seconds;
      report_.anchored_seconds += part.anchored_seconds;
      report_.polish_seconds += part.polish_seconds;
      report_.simplex_iterations += part.simplex_iterations;
      report_.polish_passes += part.polish_passes;
      report_.priced_lots += part.priced_lots;
      report_.resumed_regions += part.resumed_regions;
    }
    return std::move(schedule_);
  }

  const Fleet& fleet_;
  const SapcOptions& options_;
  SapcReport& report_;
  const EngineLimits limits_;
  const std::size_t threads_;
  Workers workers_;
  std::vector<ResponseSpace> spaces_;
  const Forest forest_;
  std::vector<std::size_t> roots_;
  const bool resumes_;
  FleetSchedule schedule_;
  WarmStart* const next_;                       // proof and bases for the next solve; may be null
  std::vector<SapcReport> reports_;             // by region; only roots have one
  std::vector<std::unique_ptr<RootRun>> runs_;  // likewise
};

}  // namespace

absl::StatusOr<FleetSchedule> SolveFleet(const Fleet& fleet, const SapcOptions& options, SapcReport* report,
                                         WarmStart* next) {
  RETURN_IF_ERROR(CheckBacking(fleet));
  SapcReport unread;
  WarmStart kept;
  const bool keeps = next != nullptr && !AsksForBacking(fleet);
  FleetRun run(fleet, options, report == nullptr ? unread : *report, keeps ? &kept : nullptr);
  absl::StatusOr<FleetSchedule> schedule = run.Run();
  if (schedule.ok() && next != nullptr) {
    next->round = options.warm == nullptr ? 0 : options.warm->round + 1;
    KeepForNext(fleet, *schedule, *next);
    next->proof = std::move(kept.proof);
    next->bases = std::move(kept.bases);
  }
  return schedule;
}

}  // namespace derms::dispatch::fleet
