#include "libs/dispatch/validate.h"

#include <cmath>
#include <set>
#include <string>

#include "absl/strings/str_cat.h"
#include "libs/base/error.h"
#include "libs/dispatch/device_limits.h"

namespace derms::dispatch {
namespace {

constexpr std::size_t kMaxViolations = 100;

class Validator {
 public:
  explicit Validator(const Problem& problem) : problem_(problem) {}

  absl::Status Run() {
    CheckFrame();
    if (!violations_.empty()) return violations_.ToStatus("INVALID_PROBLEM");  // lengths below would mean nothing
    CheckRegions();
    if (!violations_.empty()) return violations_.ToStatus("INVALID_PROBLEM");  // device rules look into regions
    CheckDevices();
    return violations_.ToStatus("INVALID_PROBLEM");
  }

 private:
  void Broken(const std::string& field, const std::string& rule) {
    if (violations_.list().size() < kMaxViolations) violations_.Add(field, rule);
  }
  void Finite(const std::string& field, double value) {
    if (!std::isfinite(value)) Broken(field, "must be a finite number");
  }
  void NotNegative(const std::string& field, double value) {
    if (!std::isfinite(value) || value < 0.0) Broken(field, "must be a finite number, 0 or more");
  }
  void NotNegativeOrUnlimited(const std::string& field, double value) {
    if (!(value >= 0.0)) Broken(field, "must be 0 or more");
  }

  enum class Rule { kFinite, kNotNegative, kLimit };
  void CheckSeries(const std::string& field, const Series& series, Rule rule) {
    if (series.empty()) return;
    if (static_cast<int>(series.size()) != problem_.interval_count) {
      Broken(field, absl::StrCat("has ", series.size(), " values, needs one for each of the ", problem_.interval_count,
                                 " intervals"));
      return;
    }
    for (std::size_t t = 0; t < series.size(); ++t) {
      const std::string at = absl::StrCat(field, "[", t, "]");
      if (rule == Rule::kFinite) Finite(at, series[t]);
      if (rule == Rule::kNotNegative) NotNegative(at, series[t]);
      if (rule == Rule::kLimit) NotNegativeOrUnlimited(at, series[t]);
    }
  }

  void CheckFrame();
  void CheckRegions();
  void CheckRegion(const std::string& at, const Region& region);
  void CheckRootPrices(const std::string& at, const Region& region);
  void CheckParents();
  void CheckDevices();
  bool CheckProfile(const std::string& at, const ScaledProfile& profile);
  void CheckKind(const std::string& at, const Renewable& renewable);
  void CheckKind(const std::string& at, const Storage& storage);
  void CheckKind(const std::string& at, const Unit& unit);
  void CheckCostCurve(const std::string& at, const Unit& unit);
  void CheckKind(const std::string& at, const Hydro& hydro);

  const Problem& problem_;
  base::Violations violations_;
};

void Validator::CheckFrame() {
  if (problem_.interval_count < 1 || problem_.interval_count > kMaxIntervals) {
    Broken("interval_count", absl::StrCat("must be from 1 to ", kMaxIntervals));
    return;
  }
  if (problem_.interval_length < absl::Minutes(1) || problem_.interval_length > absl::Hours(24 * 7)) {
    Broken("interval_length", "must be from 1 minute to 7 days");
  }
  if (problem_.regions.empty()) Broken("regions", "needs at least one region");
  if (problem_.profiles.size() > kMaxProfiles) Broken("profiles", absl::StrCat("has more than ", kMaxProfiles));
  for (std::size_t p = 0; p < problem_.profiles.size(); ++p) {
    const std::string at = absl::StrCat("profiles[", p, "]");
    if (problem_.profiles[p].empty()) Broken(at, "is empty");
    CheckSeries(at, problem_.profiles[p], Rule::kNotNegative);
  }
  NotNegative("value_of_lost_load_usd_per_kwh", problem_.value_of_lost_load_usd_per_kwh);
  NotNegative("over_generation_price_usd_per_kwh", problem_.over_generation_price_usd_per_kwh);
  NotNegative("carbon_price_usd_per_kg", problem_.carbon_price_usd_per_kg);
  NotNegative("reserve_up_price_usd_per_kwh", problem_.reserve_up_price_usd_per_kwh);
  NotNegative("reserve_down_price_usd_per_kwh", problem_.reserve_down_price_usd_per_kwh);
}

void Validator::CheckRegions() {
  std::set<std::string> ids;
  for (std::size_t r = 0; r < problem_.regions.size(); ++r) {
    const Region& region = problem_.regions[r];
    if (region.id.empty()) Broken(absl::StrCat("regions[", r, "].id"), "must not be empty");
    if (!ids.insert(region.id).second) Broken(absl::StrCat("regions[", r, "].id"), "is used twice: " + region.id);
    CheckRegion(absl::StrCat("regions[", region.id, "]."), region);
  }
  CheckParents();
}

void Validator::CheckRegion(const std::string& at, const Region& region) {
  CheckSeries(at + "demand_kw", region.demand_kw, Rule::kNotNegative);
  CheckSeries(at + "import_limit_kw", region.import_limit_kw, Rule::kLimit);
  CheckSeries(at + "export_limit_kw", region.export_limit_kw, Rule::kLimit);
  CheckSeries(at + "reserve_up_kw", region.reserve_up_kw, Rule::kNotNegative);
  CheckSeries(at + "reserve_down_kw", region.reserve_down_kw, Rule::kNotNegative);
  CheckSeries(at + "import_price_usd_per_kwh", region.import_price_usd_per_kwh, Rule::kFinite);
  CheckSeries(at + "export_price_usd_per_kwh", region.export_price_usd_per_kwh, Rule::kFinite);
  CheckSeries(at + "carbon_of_import_kg_per_kwh", region.carbon_of_import_kg_per_kwh, Rule::kNotNegative);
  NotNegative(at + "peak_charge_usd_per_kw", region.peak_charge_usd_per_kw);
  NotNegative(at + "peak_so_far_kw", region.peak_so_far_kw);
  NotNegative(at + "flattening_usd_per_kwh", region.flattening_usd_per_kwh);
  if (region.parent < 0) {
    if (region.import_price_usd_per_kwh.empty()) {
      Broken(at + "import_price_usd_per_kwh", "is required for a root region, which buys from the grid");
    } else if (violations_.empty()) {
      CheckRootPrices(at, region);
    }
    return;
  }
  const bool exchanges = !region.import_price_usd_per_kwh.empty() || !region.export_price_usd_per_kwh.empty() ||
                         !region.carbon_of_import_kg_per_kwh.empty() || region.peak_charge_usd_per_kw > 0.0 ||
                         region.peak_so_far_kw > 0.0 || region.flattening_usd_per_kwh > 0.0;
  if (exchanges) Broken(at + "parent", "prices, peak charge and flattening belong to root regions only");
}

// Otherwise money could be made by shedding load and selling it, or by buying energy to throw away.
void Validator::CheckRootPrices(const std::string& at, const Region& region) {
  for (int t = 0; t < problem_.interval_count; ++t) {
    if (ValueAt(region.export_price_usd_per_kwh, t, 0.0) > problem_.value_of_lost_load_usd_per_kwh) {
      Broken(absl::StrCat(at, "export_price_usd_per_kwh[", t, "]"), "must not exceed the value of lost load");
    }
    if (-ImportPriceWithCarbon(problem_, region, t) > problem_.over_generation_price_usd_per_kwh) {
      Broken(absl::StrCat(at, "import_price_usd_per_kwh[", t, "]"),
             "must not be further below 0 than the over-generation price is above");
    }
  }
}

void Validator::CheckParents() {
  const int count = static_cast<int>(problem_.regions.size());
  for (int r = 0; r < count; ++r) {
    const std::string field = absl::StrCat("regions[", problem_.regions[static_cast<std::size_t>(r)].id, "].parent");
    int steps = 0;
    for (int s = r; s >= 0; ++steps) {
      const int parent = problem_.regions[static_cast<std::size_t>(s)].parent;
      if (parent < -1 || parent >= count) {
        if (s == r) Broken(field, "must be the index of a region, or -1");
        break;
      }
      if (steps > count) {
        Broken(field, "leads in a circle");
        break;
      }
      s = parent;
    }
  }
}

void Validator::CheckDevices() {
  std::set<std::string> ids;
  for (std::size_t i = 0; i < problem_.devices.size(); ++i) {
    const Device& device = problem_.devices[i];
    if (device.id.empty()) Broken(absl::StrCat("devices[", i, "].id"), "must not be empty");
    if (!ids.insert(device.id).second) Broken(absl::StrCat("devices[", i, "].id"), "is used twice: " + device.id);
    const std::string at = absl::StrCat("devices[", device.id, "].");
    if (device.region < 0 || device.region >= static_cast<int>(problem_.regions.size())) {
      Broken(at + "region", "must be the index of a region");
    }
    std::visit([&](const auto& kind) { CheckKind(at, kind); }, device.kind);
  }
}

bool Validator::CheckProfile(const std::string& at, const ScaledProfile& profile) {
  NotNegative(at + "availability_kw.scale", profile.scale);
  if (profile.profile >= 0 && profile.profile < static_cast<int>(problem_.profiles.size())) return true;
  Broken(at + "availability_kw.profile", "must be the index of a profile");
  return false;
}

void Validator::CheckKind(const std::string& at, const Renewable& renewable) {
  CheckProfile(at, renewable.availability_kw);
  Finite(at + "marginal_cost_usd_per_kwh", renewable.marginal_cost_usd_per_kwh);
  NotNegative(at + "curtailment_price_usd_per_kwh", renewable.curtailment_price_usd_per_kwh);
}

void Validator::CheckKind(const std::string& at, const Storage& storage) {
  NotNegative(at + "charge_max_kw", storage.charge_max_kw);
  NotNegative(at + "discharge_max_kw", storage.discharge_max_kw);
  NotNegative(at + "energy_min_kwh", storage.energy_min_kwh);
  NotNegative(at + "energy_max_kwh", storage.energy_max_kwh);
  NotNegative(at + "initial_energy_kwh", storage.initial_energy_kwh);
  NotNegative(at + "final_energy_min_kwh", storage.final_energy_min_kwh);
  NotNegative(at + "wear_usd_per_kwh", storage.wear_usd_per_kwh);
  if (storage.energy_min_kwh > storage.energy_max_kwh) {
    Broken(at + "energy_min_kwh", "must not exceed energy_max_kwh");
  }
  if (storage.final_energy_min_kwh > storage.energy_max_kwh) {
    Broken(at + "final_energy_min_kwh", "must not exceed energy_max_kwh");
  }
  const auto efficiency = [&](const char* field, double value) {
    if (!(value > 0.0 && value <= 1.0)) Broken(at + field, "must be above 0 and at most 1");
  };
  efficiency("charge_efficiency", storage.charge_efficiency);
  efficiency("discharge_efficiency", storage.discharge_efficiency);
  if (!(storage.standing_loss_per_hour >= 0.0 && storage.standing_loss_per_hour < 1.0)) {
    Broken(at + "standing_loss_per_hour", "must be from 0 to below 1");
  }
}

void Validator::CheckKind(const std::string& at, const Unit& unit) {
  NotNegative(at + "min_kw", unit.min_kw);
  NotNegative(at + "max_kw", unit.max_kw);
  if (unit.min_kw > unit.max_kw) Broken(at + "min_kw", "must not exceed max_kw");
  NotNegativeOrUnlimited(at + "ramp_up_kw_per_min", unit.ramp_up_kw_per_min);
  NotNegativeOrUnlimited(at + "ramp_down_kw_per_min", unit.ramp_down_kw_per_min);
  NotNegative(at + "co2_kg_per_kwh", unit.co2_kg_per_kwh);
  NotNegative(at + "no_load_usd_per_hour", unit.no_load_usd_per_hour);
  NotNegative(at + "start_cost_usd", unit.start_cost_usd);
  if (unit.initial_kw) {
    const double initial = *unit.initial_kw;
    NotNegative(at + "initial_kw", initial);
    if (unit.committable && initial != 0.0 && !(initial >= unit.min_kw && initial <= unit.max_kw)) {
      Broken(at + "initial_kw", "must be 0 (off) or from min_kw to max_kw");
    }
  }
  CheckCostCurve(at, unit);
}

void Validator::CheckCostCurve(const std::string& at, const Unit& unit) {
  for (std::size_t k = 0; k < unit.cost_pieces.size(); ++k) {
    const std::string field = absl::StrCat(at, "cost_pieces[", k, "]");
    NotNegative(field + ".up_to_kw", unit.cost_pieces[k].up_to_kw);
    Finite(field + ".usd_per_kwh", unit.cost_pieces[k].usd_per_kwh);
    if (k == 0) continue;
    if (!(unit.cost_pieces[k].up_to_kw > unit.cost_pieces[k - 1].up_to_kw)) {
      Broken(field + ".up_to_kw", "must be above the piece before");
    }
    if (!(unit.cost_pieces[k].usd_per_kwh >= unit.cost_pieces[k - 1].usd_per_kwh)) {
      Broken(field + ".usd_per_kwh", "must not be below the piece before: the curve has to be convex");
    }
  }
  if (!unit.cost_pieces.empty() && unit.cost_pieces.back().up_to_kw < unit.max_kw) {
    Broken(at + "cost_pieces", "must reach max_kw");
  }
}

void Validator::CheckKind(const std::string& at, const Hydro& hydro) {
  const bool known = CheckProfile(at, hydro.availability_kw);
  NotNegative(at + "min_kw", hydro.min_kw);
  Finite(at + "marginal_cost_usd_per_kwh", hydro.marginal_cost_usd_per_kwh);
  if (hydro.energy_budget_kwh) NotNegative(at + "energy_budget_kwh", *hydro.energy_budget_kwh);
  if (!known) return;
  for (int t = 0; t < problem_.interval_count; ++t) {
    if (hydro.min_kw > problem_.at(hydro.availability_kw, t)) {
      Broken(at + "min_kw", absl::StrCat("exceeds the availability in interval ", t));
      return;
    }
  }
}

}  // namespace

absl::Status Validate(const Problem& problem) {
  return Validator(problem).Run();
}

}  // namespace derms::dispatch
