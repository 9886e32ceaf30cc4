// Prices and binding limits for people; the certificate is in lp_reading.cc.
#include <algorithm>
#include <cmath>

#include "libs/dispatch/device_limits.h"
#include "libs/dispatch/lp_reading.h"

namespace derms::dispatch {
namespace {

double DualOf(const LpResult& result, int row) {
  return result.dual[static_cast<std::size_t>(row)];
}

constexpr double kLeastPrice = 1e-6;  // USD per kW; below is rounding

class BindingReader {
 public:
  BindingReader(const Problem& problem, const LpModel& model, const LpResult& result)
      : problem_(problem), model_(model), result_(result), reduced_(model.program.cost) {
    const LinearProgram& lp = model.program;
    for (std::size_t e = 0; e < lp.element_value.size(); ++e) {
      reduced_[static_cast<std::size_t>(lp.element_column[e])] -=
          lp.element_value[e] * result.dual[static_cast<std::size_t>(lp.element_row[e])];
    }
  }

  std::vector<BindingConstraint> Read() {
    for (std::size_t r = 0; r < problem_.regions.size(); ++r) ReadRegion(r);
    for (std::size_t i = 0; i < problem_.devices.size(); ++i) ReadDevice(i);
    Row("carbon_cap", "", model_.carbon_cap, -1.0);
    std::stable_sort(found_.begin(), found_.end(), [](const BindingConstraint& a, const BindingConstraint& b) {
      return a.shadow_price_usd_per_kw > b.shadow_price_usd_per_kw;
    });
    if (found_.size() > kMaxBindingConstraints) found_.resize(kMaxBindingConstraints);
    return std::move(found_);
  }

 private:
  void Note(const char* name, const std::string& subject, int t, double price) {
    if (price > kLeastPrice) found_.push_back({name, subject, t, price});
  }
  // A column that would leave its upper (lower) bound for less cost.
  void Upper(const char* name, const std::string& subject, int first) {
    for (int t = 0; first != kAbsent && t < problem_.interval_count; ++t) Note(name, subject, t, -Reduced(first + t));
  }
  void Lower(const char* name, const std::string& subject, int first) {
    for (int t = 0; first != kAbsent && t < problem_.interval_count; ++t) Note(name, subject, t, Reduced(first + t));
  }
  void Rows(const char* name, const std::string& subject, int first, double sign) {
    for (int t = 0; first != kAbsent && t < problem_.interval_count; ++t) {
      Note(name, subject, t, sign * DualOf(result_, first + t));
    }
  }
  void Row(const char* name, const std::string& subject, int row, double sign) {  // of the whole horizon
    if (row != kAbsent) Note(name, subject, -1, sign * DualOf(result_, row));
  }
  double Reduced(int column) const { return reduced_[static_cast<std::size_t>(column)]; }

  void ReadRegion(std::size_t r) {
    const Region& region = problem_.regions[r];
    const RegionColumns& columns = model_.region_columns[r];
    const RegionRows& rows = model_.region_rows[r];
    Upper("import_limit", region.id, columns.net_import);
    Lower("export_limit", region.id, columns.net_import);
    if (!region.import_limit_kw.empty()) Upper("import_limit", region.id, columns.imported);
    if (!region.export_limit_kw.empty()) Upper("export_limit", region.id, columns.exported);
    Rows("reserve_up", region.id, rows.reserve_up, 1.0);
    Rows("reserve_down", region.id, rows.reserve_down, 1.0);
    Rows("peak_import", region.id, rows.peak, 1.0);
  }

  void ReadDevice(std::size_t i) {
    const std::string& id = problem_.devices[i].id;
    const DeviceColumns& columns = model_.device_columns[i];
    const DeviceRows& rows = model_.device_rows[i];
    Upper("charge_max", id, columns.charge);
    Upper("discharge_max", id, columns.discharge);
    if (const auto* storage = std::get_if<Storage>(&problem_.devices[i].kind)) ReadEnergy(*storage, id, columns.energy);
    if (const auto* hydro = std::get_if<Hydro>(&problem_.devices[i].kind)) ReadPeriods(*hydro, id, rows.period_budget);
    Rows("reserve_energy_up", id, rows.reserve_energy_up, -1.0);
    Rows("reserve_energy_down", id, rows.reserve_energy_down, -1.0);
    Rows("ramp_up", id, rows.ramp_up, -1.0);
    Rows("ramp_down", id, rows.ramp_down, -1.0);
    Upper("availability", id, columns.power);
    if (!columns.pieces.empty()) Upper("output_max", id, columns.pieces.back());
    Row("energy_budget", id, rows.energy_budget, -1.0);
    Row("delivered_energy", id, rows.delivered_energy, 1.0);
  }

  // A period is named by its last interval, at whose end its budget must have lasted.
  void ReadPeriods(const Hydro& hydro, const std::string& id, int first) {
    for (std::size_t k = 0; k < hydro.period_budgets.size(); ++k) {
      const double price = -DualOf(result_, first + static_cast<int>(k));
      Note("period_budget", id, hydro.period_budgets[k].intervals.end - 1, price);
    }
  }

  // The bound that holds in an interval has the name of where it was asked for.
  void ReadEnergy(const Storage& storage, const std::string& id, int first) {
    const EnergyBounds bounds = EnergyBoundsOf(problem_, storage);
    for (int t = 0; t < problem_.interval_count; ++t) {
      const double least = bounds.least_kwh[static_cast<std::size_t>(t)];
      const bool last = t + 1 == problem_.interval_count && least == storage.final_energy_min_kwh;
      const char* lower = least > storage.energy_min_kwh ? (last ? "final_energy" : "energy_target") : "energy_min";
      const bool own = bounds.most_kwh[static_cast<std::size_t>(t)] < storage.energy_max_kwh;
      Note(lower, id, t, Reduced(first + t));
      Note(own ? "energy_target" : "energy_max", id, t, -Reduced(first + t));
    }
  }

  const Problem& problem_;
  const LpModel& model_;
  const LpResult& result_;
  std::vector<double> reduced_;  // cost - A' dual
  std::vector<BindingConstraint> found_;
};

}  // namespace

void ReadPrices(const Problem& problem, const LpModel& model, const LpResult& result, Solution& solution) {
  const auto read = [&](int first, Series& prices) {
    prices.clear();
    for (int t = 0; first != kAbsent && t < problem.interval_count; ++t) {
      prices.push_back(std::max(DualOf(result, first + t), 0.0));
    }
  };
  for (std::size_t r = 0; r < problem.regions.size(); ++r) {
    read(model.region_rows[r].reserve_up, solution.regions[r].reserve_up_price_usd_per_kw);
    read(model.region_rows[r].reserve_down, solution.regions[r].reserve_down_price_usd_per_kw);
    Series& prices = solution.regions[r].shadow_price_usd_per_kwh;
    prices.clear();
    for (int t = 0; t < problem.interval_count; ++t) {
      prices.push_back(DualOf(result, model.region_rows[r].balance + t) / problem.hours());
    }
  }
  solution.binding = BindingReader(problem, model, result).Read();
}

}  // namespace derms::dispatch
