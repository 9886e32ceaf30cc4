#include "libs/dispatch/fleet/surrogate.h"

#include <cmath>

#include "libs/base/error.h"
#include "libs/dispatch/fleet/surrogate_layout.h"

namespace derms::dispatch::fleet {
namespace {

// An absent bound stays absent.
double Scaled(double bound, double share) {
  return std::isfinite(bound) ? bound * share : bound;
}

}  // namespace

struct Surrogate::Layout {
  SurrogateLayout of;
};

Surrogate::Surrogate(const RegionModel& model)
    : model_(model),
      layout_(std::make_unique<Layout>(Layout{LaySurrogate(model)})),
      lp_(std::make_unique<SmallLp>(layout_->of.program)) {}

Surrogate::~Surrogate() = default;

absl::Status Surrogate::Solve(const EngineLimits& limits) {
  RETURN_IF_ERROR(lp_->Solve(limits));
  iterations_ += lp_->iterations();
  return absl::OkStatus();
}

absl::Status Surrogate::SolveRemaining(const Injection& settled_kw, std::span<const double> remaining,
                                       double import_share, const EngineLimits& limits) {
  const SurrogateLayout& layout = layout_->of;
  const LinearProgram& whole = layout.program;
  for (std::size_t k = 0; k < layout.clusters.size(); ++k) {
    const VirtualDevice& device = layout.clusters[k];
    for (int column = device.first_column; column < device.end_column; ++column) {
      const auto at = static_cast<std::size_t>(column);
      lp_->SetColumnBounds(column, Scaled(whole.lower[at], remaining[k]), Scaled(whole.upper[at], remaining[k]));
    }
    for (int row = device.first_row; row < device.end_row; ++row) {
      const auto at = static_cast<std::size_t>(row);
      lp_->SetRowBounds(row, Scaled(whole.row_lower[at], remaining[k]), Scaled(whole.row_upper[at], remaining[k]));
    }
  }
  const auto settled = [&](std::size_t t, Headroom counts) {
    double sum = 0.0;
    for (std::size_t kind = 0; kind < kHeadroomKinds; ++kind) {
      if (counts == kNoHeadroom || (kind & counts) != 0) sum += settled_kw[kind][t];
    }
    return sum / layout.unit_kw;
  };
  for (std::size_t t = 0; t < model_.count(); ++t) {
    const auto move = [&](int first_row, double by) {
      const int row = first_row + static_cast<int>(t);
      const auto at = static_cast<std::size_t>(row);
      lp_->SetRowBounds(row, whole.row_lower[at] + by, whole.row_upper[at] + by);
    };
    const int imported = layout.imported + static_cast<int>(t);
    lp_->SetColumnBounds(imported, 0.0, import_share * whole.upper[static_cast<std::size_t>(imported)]);
    move(layout.balance, -settled(t, kNoHeadroom));
    if (layout.reserve_up >= 0) move(layout.reserve_up, settled(t, kHeadroomUp));
    if (layout.reserve_down >= 0) move(layout.reserve_down, -settled(t, kHeadroomDown));
  }
  RETURN_IF_ERROR(lp_->Solve(limits));
  iterations_ += lp_->iterations();
  return absl::OkStatus();
}

RegionPrices Surrogate::Prices() const {
  const SurrogateLayout& layout = layout_->of;
  const std::span<const double> dual = lp_->dual();
  const auto read = [&](int first_row, double sign) {
    Series series;
    if (first_row < 0) return series;
    for (std::size_t t = 0; t < model_.count(); ++t) {
      series.push_back(sign * dual[static_cast<std::size_t>(first_row) + t]);
    }
    return series;
  };
  RegionPrices prices{.balance = read(layout.balance, 1.0),
                      .flattening = read(layout.flattening, -1.0),
                      .reserve_up = read(layout.reserve_up, 1.0),
                      .reserve_down = read(layout.reserve_down, 1.0),
                      .peak = read(layout.peak, 1.0)};
  // The balance row here prices injection itself, which is worth balance + flattening.
  for (std::size_t t = 0; t < prices.flattening.size(); ++t) prices.balance[t] -= prices.flattening[t];
  return prices;
}

void Surrogate::Plan(std::size_t cluster, std::span<double> power_kw) const {
  const VirtualDevice& device = layout_->of.clusters[cluster];
  const std::span<const double> x = lp_->x();
  for (std::size_t t = 0; t < power_kw.size(); ++t) {
    const std::size_t at = static_cast<std::size_t>(device.first_column) + t * static_cast<std::size_t>(device.stride);
    double sum = 0.0;
    for (int k = 0; k < device.power_columns; ++k) sum += x[at + static_cast<std::size_t>(k)];
    if (device.charge_first) sum = x[at + 1] - x[at];
    power_kw[t] = sum * layout_->of.unit_kw;
  }
}

double Surrogate::level_kw() const {
  const int column = layout_->of.level;
  return column < 0 ? 0.0 : lp_->x()[static_cast<std::size_t>(column)] * layout_->of.unit_kw;
}

}  // namespace derms::dispatch::fleet
