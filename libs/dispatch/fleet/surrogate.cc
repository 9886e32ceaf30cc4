#include "libs/dispatch/fleet/surrogate.h"

#include <algorithm>
#include <cmath>

#include "libs/base/error.h"
#include "libs/dispatch/fleet/kept_basis.h"
#include "libs/dispatch/fleet/surrogate_layout.h"

namespace derms::dispatch::fleet {
namespace {

// An absent bound stays absent.
double Scaled(double bound, double share) {
  return std::isfinite(bound) ? bound * share : bound;
}

void AddInjection(const Injection& from, Injection& to) {
  for (std::size_t kind = 0; kind < kHeadroomKinds; ++kind) {
    for (std::size_t t = 0; t < to[kind].size(); ++t) to[kind][t] += from[kind][t];
  }
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

absl::Status Surrogate::SolveRemaining(std::span<const Injection> settled_kw, std::span<const double> remaining,
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
  std::vector<Injection> with_below(settled_kw.begin(), settled_kw.end());
  for (std::size_t pool = with_below.size(); pool-- > 0;) {
    SettleRows(pool, settled_kw[pool], with_below[pool]);
    if (pool > 0) AddInjection(with_below[pool], with_below[static_cast<std::size_t>(model_.pools[pool].parent)]);
  }
  const auto limit = [&](int first_column, double low_share, double high_share) {
    for (int t = 0; t < static_cast<int>(model_.count()); ++t) {
      const int column = first_column + t;
      const auto at = static_cast<std::size_t>(column);
      lp_->SetColumnBounds(column, low_share * whole.lower[at], high_share * whole.upper[at]);
    }
  };
  limit(layout.imported, 1.0, import_share);
  for (std::size_t pool = 1; pool < model_.pools.size(); ++pool) {
    limit(layout.pools[pool].inflow, import_share, import_share);
  }
  RETURN_IF_ERROR(lp_->Solve(limits));
  iterations_ += lp_->iterations();
  return absl::OkStatus();
}

void Surrogate::SettleRows(std::size_t pool, const Injection& own_kw, const Injection& with_below_kw) {
  const SurrogateLayout& layout = layout_->of;
  const SurrogateLayout::OfPool& rows = layout.pools[pool];
  const auto settled = [&](const Injection& injection, std::size_t t, Headroom counts) {
    double sum = 0.0;
    for (std::size_t kind = 0; kind < kHeadroomKinds; ++kind) {
      if (counts == kNoHeadroom || (kind & counts) != 0) sum += injection[kind][t];
    }
    return sum / layout.unit_kw;
  };
  for (std::size_t t = 0; t < model_.count(); ++t) {
    const auto move = [&](int first_row, double by) {
      if (first_row < 0) return;
      const int row = first_row + static_cast<int>(t);
      const auto at = static_cast<std::size_t>(row);
      lp_->SetRowBounds(row, layout.program.row_lower[at] + by, layout.program.row_upper[at] + by);
    };
    move(rows.balance, -settled(own_kw, t, kNoHeadroom));
    move(rows.reserve_up, settled(with_below_kw, t, kHeadroomUp) + At(unbacked_.up_kw, t) / layout.unit_kw);
    move(rows.reserve_down, At(unbacked_.down_kw, t) / layout.unit_kw - settled(with_below_kw, t, kHeadroomDown));
  }
}

Series Surrogate::Dual(int first_row, double sign) const {
  Series series;
  if (first_row < 0) return series;
  const std::span<const double> dual = lp_->dual();
  for (std::size_t t = 0; t < model_.count(); ++t) {
    series.push_back(sign * dual[static_cast<std::size_t>(first_row) + t]);
  }
  return series;
}

RegionPrices Surrogate::Prices() const {
  const SurrogateLayout& layout = layout_->of;
  const SurrogateLayout::OfPool& root = layout.pools[0];
  RegionPrices prices{.balance = Dual(root.balance, 1.0),
                      .flattening = Dual(layout.flattening, -1.0),
                      .reserve_up = Dual(root.reserve_up, 1.0),
                      .reserve_down = Dual(root.reserve_down, 1.0),
                      .peak = Dual(layout.peak, 1.0)};
  // The balance row here prices injection itself, which is worth balance + flattening.
  for (std::size_t t = 0; t < prices.flattening.size(); ++t) prices.balance[t] -= prices.flattening[t];
  for (std::size_t k = 0; k < layout.clusters.size(); ++k) {
    const VirtualDevice& device = layout.clusters[k];
    if (device.backing_up < 0 && device.backing_down < 0) continue;
    prices.backing.push_back({model_.clusters[k].begin, model_.clusters[k].end, Dual(device.backing_up, 1.0),
                              Dual(device.backing_down, 1.0)});
  }
  return prices;
}

// What a kW is worth more here than above is the price of the limit on the way in, and less, on the way out.
RegionPrices Surrogate::PricesOfPool(std::size_t pool) const {
  const SurrogateLayout::OfPool& rows = layout_->of.pools[pool];
  const int above = layout_->of.pools[static_cast<std::size_t>(model_.pools[pool].parent)].balance;
  RegionPrices prices{.reserve_up = Dual(rows.reserve_up, 1.0), .reserve_down = Dual(rows.reserve_down, 1.0)};
  const Series here = Dual(rows.balance, 1.0), there = Dual(above, 1.0);
  for (std::size_t t = 0; t < model_.count(); ++t) {
    prices.import_limit.push_back(std::max(here[t] - there[t], 0.0));
    prices.export_limit.push_back(std::max(there[t] - here[t], 0.0));
  }
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

Series Surrogate::Draw(std::size_t pool) const {
  const SurrogateLayout& layout = layout_->of;
  const std::span<const double> x = lp_->x();
  Series draw(model_.count());
  for (std::size_t t = 0; t < draw.size(); ++t) {
    if (pool > 0) {
      draw[t] = x[static_cast<std::size_t>(layout.pools[pool].inflow) + t];
    } else {
      draw[t] = x[static_cast<std::size_t>(layout.imported) + t] -
                x[static_cast<std::size_t>(layout.imported) + draw.size() + t];
    }
    draw[t] *= layout.unit_kw;
  }
  return draw;
}

KeptBasis Surrogate::Keep() const {
  return KeepBasis(layout_->of, lp_->Basis());
}

void Surrogate::StartFrom(const KeptBasis& kept, std::size_t passed) {
  const std::vector<unsigned char> basis = MoveBasis(layout_->of, kept, passed);
  if (!basis.empty()) lp_->StartFrom(basis, false);
}

double Surrogate::cost_usd() const {
  return lp_->objective() * layout_->of.unit_kw;
}

double Surrogate::level_kw() const {
  const int column = layout_->of.level;
  return column < 0 ? 0.0 : lp_->x()[static_cast<std::size_t>(column)] * layout_->of.unit_kw;
}

}  // namespace derms::dispatch::fleet
