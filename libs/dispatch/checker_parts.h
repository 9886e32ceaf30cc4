// The parts of the checker (checker.h); not for others. Nothing of the solvers is included here, on purpose: the same
// mistake must not be made twice by the same line.
#pragma once

#include <string>
#include <vector>

#include "libs/dispatch/checker.h"

namespace derms::dispatch::checking {

// Collects defects, the first kMaxDefects of them.
class Findings {
 public:
  void Add(const char* rule, const std::string& subject, int interval, double amount, const std::string& sentence);
  // A defect when |found - expected| exceeds the allowance, which is relative to 1 + the larger of both.
  void Equal(const char* rule, const std::string& subject, int interval, double found, double expected);
  // A defect when value exceeds limit by more than the allowance, relative to 1 + |scale|.
  void AtMost(const char* rule, const std::string& subject, int interval, double value, double limit, double scale);

  explicit Findings(double tolerance) : tolerance_(tolerance) {}
  bool empty() const { return defects_.empty(); }
  std::vector<Defect> Take() { return std::move(defects_); }

 private:
  const double tolerance_;
  std::vector<Defect> defects_;
};

// Has every series its length and only finite numbers? If not, nothing else can be judged.
bool CheckShape(const Problem& problem, const Solution& solution, Findings& findings);

// Every device against its own limits, energies and rules.
void CheckDevices(const Problem& problem, const Solution& solution, Findings& findings);

void CheckUnit(const Problem& problem, const Device& device, const DeviceSchedule& schedule, Findings& findings);
void AddUnitCost(const Problem& problem, const Unit& unit, const DeviceSchedule& schedule, CostBreakdown& cost);

// Everything emitted, against the cap.
void CheckCarbon(const Problem& problem, const Solution& solution, Findings& findings);

// Flows, regional limits, shed and over, reserve.
void CheckRegions(const Problem& problem, const Solution& solution, Findings& findings);

// From powers, directions, on/off, shed, over and shortfalls of the schedule.
CostBreakdown RecomputeCost(const Problem& problem, const Solution& solution);

// The Lagrangian bound; valid for any multipliers (wrong signs count as 0). docs/dispatch.md "Certificate".
double RecomputeBound(const Problem& problem, const Multipliers& multipliers);

// Largest injection, and largest consumption >= 0, of a device in an interval, kW.
double MostInjection(const Problem& problem, const Device& device, int t);
double MostConsumption(const Problem& problem, const Device& device, int t);

// What the energy at the end of an interval may be: limits, targets, final minimum.
struct EnergyBox {
  double least_kwh = 0, most_kwh = 0;
};
EnergyBox EnergyBoxOf(const Problem& problem, const Storage& storage, int t);

inline double Or(const Series& series, int t, double otherwise) {
  return series.empty() ? otherwise : series[static_cast<std::size_t>(t)];
}

}  // namespace derms::dispatch::checking
