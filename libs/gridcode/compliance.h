// Rule R2: does a DER answer voltage and frequency as its settings say? Judged from what was measured at its terminals.
//
// A sample deviates when its power is outside what the settings ask for at any voltage and active power within the
// accuracy of the measurement (IEEE 1547-2018 Table 3), widened by the accuracy of power itself. A DER may take its
// time: everything that was asked for within twice the response time before a sample counts, and what the sample before
// it asked for, since nobody saw when the voltage moved between the two. So a finding is never an artefact of sparse
// readings, and a DER that does nothing is found as soon as the voltage stays where it should act.
//   reactive power: on both sides; below the active power at which Table 7 asks for all of it, less is no deviation.
//   active power: not above what droop, volt-watt, limit and ratings allow. Below it nobody can tell the sun from a
//                 refusal.
// Not judged: without the numbers that it takes, and outside the continuous range, where ride-through has the word.
#pragma once

#include <algorithm>
#include <cstddef>
#include <deque>
#include <optional>
#include <vector>

#include "libs/gridcode/grid_support.h"

namespace derms::gridcode {

struct Accuracy {  // Table 3, steady state
  double v_pu = 0.01;
  double f_hz = 0.01;
  double power_share = 0.05;  // of the rated apparent power; active and reactive
};

struct MeasuredSample {
  double t_s = 0;
  std::optional<double> v_pu, f_hz;
  std::optional<double> p_kw;    // generating positive
  std::optional<double> q_kvar;  // injecting positive
};

// Numbers are those of derms.v1.GridResponse.
enum class Response { kReactivePower = 1, kActivePower = 2 };

// A sample outside its band. For active power low is minus infinity.
struct Deviation {
  MeasuredSample sample;
  double low = 0, high = 0;  // kvar or kW, accuracy included
  double beyond = 0;         // how far outside, positive
};

struct ComplianceFinding {
  Response response = Response::kReactivePower;
  ReactiveMode mode = ReactiveMode::kNone;     // that reactive power should have followed
  PowerCause cause = PowerCause::kCapability;  // that bounded active power at the worst sample
  double since_s = 0, until_s = 0;             // first and last sample
  int sample_count = 0;                        // one after the other, all outside
  Deviation worst;
  std::vector<Deviation> evidence;  // the first ones
};

struct ComplianceOptions {
  Accuracy accuracy;
  int least_samples = 3;         // one after the other that make a finding
  double longest_gap_s = 3'600;  // samples further apart are not one after the other
  std::size_t most_evidence = 10;
  std::size_t most_findings = 100;  // further ones are counted only
};

struct ComplianceReport {
  int reactive_judged = 0, active_judged = 0;  // samples
  int not_judged = 0;                          // samples of which neither was
  int reactive_outside = 0, active_outside = 0;
  int finding_count = 0;
  std::vector<ComplianceFinding> findings;  // by their beginning
};

// Samples come in the order of their times. Not thread-safe; what the device refers to must outlive it.
//
// A series may be judged in pieces by a judge each, with the same outcome: a piece begins with Recall of the last
// samples of the one before, back to settle_s() and one more, and Resume of its OpenRuns.
class ComplianceJudge {
 public:
  explicit ComplianceJudge(const Device& device, ComplianceOptions options = {});

  void Recall(const MeasuredSample& sample);
  void Resume(const ComplianceFinding& run);  // its evidence need not be there: then only what is added is

  void Add(const MeasuredSample& sample);
  std::vector<ComplianceFinding> OpenRuns() const;  // that the last sample belongs to, however short
  // Once, at the end; `pause`: runs that are open are left to the next piece.
  ComplianceReport Finish(bool pause = false);

  double settle_s() const { return std::max(reactive_settle_s_, active_settle_s_); }
  double rated_kva() const { return rated_kva_; }

 private:
  struct Band {
    double t_s = 0, low = 0, high = 0;
    PowerCause cause = PowerCause::kCapability;
  };
  // What was asked for lately, and the run of deviations that goes on.
  struct Watch {
    explicit Watch(Response response) { run.response = response; }
    std::deque<Band> asked;
    ComplianceFinding run;
    std::optional<double> last_s;
  };
  bool InContinuousRange(const MeasuredSample& sample) const;
  Band ReactiveBand(const MeasuredSample& sample) const;
  Band ActiveBand(const MeasuredSample& sample) const;
  void WidenBy(const GridSupport& expected, double p_kw, Band& band) const;
  static void Remember(Watch& watch, const Band& asked, double settle_s);
  // Whether it was outside.
  bool Judge(Watch& watch, const Band& asked, double settle_s, double measured, const MeasuredSample& sample);
  void EndRun(Watch& watch);

  const Device device_;
  const ComplianceOptions options_;
  const ConfiguredRatings ratings_;
  const double rated_kva_;
  const double power_accuracy_;     // kVA
  std::vector<Settings> reactive_;  // what reactive power may follow, without what bounds active power
  double reactive_settle_s_, active_settle_s_;
  Watch reactive_watch_{Response::kReactivePower}, active_watch_{Response::kActivePower};
  ComplianceReport report_;
};

}  // namespace derms::gridcode
