#include "libs/dispatch/testing/realised_day.h"

#include <algorithm>
#include <cmath>

namespace derms::dispatch::testing {
namespace {

constexpr double kRoundingKw = 1e-4;

struct Range {
  double least_kw = 0;
  double most_kw = 0;
};

class Judge {
 public:
  Judge(const Problem& problem, const Solution& solution, const RealisedInterval& realised, int t)
      : problem_(problem), solution_(solution), realised_(realised), t_(static_cast<std::size_t>(t)) {}

  Balance Run() const {
    Range reach;
    for (std::size_t i = 0; i < problem_.devices.size(); ++i) {
      const Range range =
          std::visit([&](const auto& kind) { return RangeOf(kind, problem_.devices[i], solution_.devices[i]); },
                     problem_.devices[i].kind);
      reach.least_kw += range.least_kw;
      reach.most_kw += range.most_kw;
    }
    const double needed_kw = realised_.demand_kw - solution_.regions[0].net_import_kw[t_];
    if (needed_kw > reach.most_kw + kRoundingKw) return Balance::kTooLittle;
    return needed_kw < reach.least_kw - kRoundingKw ? Balance::kTooMuch : Balance::kKept;
  }

 private:
  double Given(const ScaledProfile& availability) const {
    return availability.scale * realised_.profiles[static_cast<std::size_t>(availability.profile)];
  }

  Range RangeOf(const Renewable& renewable, const Device& device, const DeviceSchedule&) const {
    const double given_kw = Given(renewable.availability_kw);
    return {renewable.must_take || !device.reserve_down ? given_kw : 0.0, given_kw};
  }
  Range RangeOf(const Hydro& hydro, const Device& device, const DeviceSchedule&) const {
    const double given_kw = Given(hydro.availability_kw);
    return {device.reserve_down ? std::min(hydro.min_kw, given_kw) : given_kw, given_kw};
  }
  Range RangeOf(const Storage& storage, const Device&, const DeviceSchedule& schedule) const {
    const double before_kwh = t_ == 0 ? storage.initial_energy_kwh : schedule.state_of_charge_kwh[t_ - 1];
    const double kept_kwh = before_kwh * std::pow(1.0 - storage.standing_loss_per_hour, problem_.hours());
    const double stock_kw = (kept_kwh - storage.energy_min_kwh) * storage.discharge_efficiency / problem_.hours();
    const double room_kw = (storage.energy_max_kwh - kept_kwh) / (storage.charge_efficiency * problem_.hours());
    return {-std::clamp(room_kw, 0.0, storage.charge_max_kw), std::clamp(stock_kw, 0.0, storage.discharge_max_kw)};
  }
  Range RangeOf(const Unit& unit, const Device&, const DeviceSchedule& schedule) const {
    if (!schedule.on.empty() && schedule.on[t_] == 0) return {};
    return {unit.min_kw, unit.max_kw};
  }
  Range RangeOf(const FlexibleLoad&, const Device&, const DeviceSchedule& schedule) const {
    return {schedule.power_kw[t_], schedule.power_kw[t_]};
  }

  const Problem& problem_;
  const Solution& solution_;
  const RealisedInterval& realised_;
  const std::size_t t_;
};

}  // namespace

Balance BalanceOf(const Problem& problem, const Solution& solution, const RealisedInterval& realised, int t) {
  return Judge(problem, solution, realised, t).Run();
}

}  // namespace derms::dispatch::testing
