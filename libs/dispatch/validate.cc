#include "libs/dispatch/validate.h"

#include <set>

#include "libs/dispatch/device_limits.h"
#include "libs/dispatch/validator.h"

namespace derms::dispatch {

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
  constexpr double kSecond = 1.0 / 3600.0;  // what is divided by less is no number any more
  NotNegative("reserve_hours", problem_.reserve_hours);
  if (problem_.reserve_hours > 0.0 && problem_.reserve_hours < kSecond) {
    Broken("reserve_hours", "must be 0, which counts power alone, or at least a second");
  }
  if (problem_.carbon_cap_kg) NotNegative("carbon_cap_kg", *problem_.carbon_cap_kg);
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

absl::Status Validate(const Problem& problem) {
  return Validator(problem).Run();
}

}  // namespace derms::dispatch
