// The parts of the fleet checker.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>

#include "libs/dispatch/fleet/fleet_checker.h"

namespace derms::dispatch::fleet::checking {

class Findings {
 public:
  Findings(const FleetCheckOptions& options, FleetCertificate& certificate)
      : options_(options), certificate_(certificate) {}

  // value <= limit, within tolerance of the size of things.
  void AtMost(const char* rule, const std::string& subject, std::size_t t, double value, double limit, double size) {
    const double over = value - limit, scale = 1.0 + std::abs(size);
    if (std::isfinite(over) && over <= 0.0) return;
    if (limit == kUnlimited && std::isfinite(value)) return;
    const double relative = over / scale;
    if (relative > certificate_.largest_violation) certificate_.largest_violation = relative;
    if (!(relative <= options_.power_tolerance)) Add(rule, subject, static_cast<int>(t), over);
  }
  void Equal(const char* rule, const std::string& subject, std::size_t t, double value, double expected, double size) {
    AtMost(rule, subject, t, std::abs(value - expected), 0.0, size);
  }
  void Add(const char* rule, const std::string& subject, int interval, double amount) {
    if (certificate_.defects.size() < kMaxFleetDefects) {
      certificate_.defects.push_back({rule, subject, interval, amount});
    }
  }

 private:
  const FleetCheckOptions& options_;
  FleetCertificate& certificate_;
};

// What the devices of a region itself add up to, from their powers and their limits.
struct RegionSums {
  Series injection_kw;                      // of all devices
  Series most_injection_kw;                 // at most
  Series headroom_up_kw, headroom_down_kw;  // of devices that count towards it
  double most_consumption_kw = 0.0;
  double device_cost_usd = 0.0;
  double cost_terms_usd = 0.0;  // absolute values, for the tolerance
};

// Simulates all devices; one entry per region.
std::vector<RegionSums> SimulateDevices(const Fleet& fleet, const FleetSchedule& schedule, Findings& findings);

// Checks all flows against the sums and returns what everything costs.
struct JudgedCost {
  double usd = 0.0;
  double terms_usd = 0.0;  // absolute values, for the tolerance
};
JudgedCost JudgeRegions(const Fleet& fleet, const std::vector<RegionFlows>& flows, const std::vector<RegionSums>& sums,
                        Findings& findings);

// The bound that the prices prove.
double RecomputeBound(const Fleet& fleet, const std::vector<RegionPrices>& prices, const std::vector<RegionSums>& sums,
                      const DeviceMultipliers& multipliers);

}  // namespace derms::dispatch::fleet::checking
