#include "libs/dispatch/flow_balance.h"

#include <algorithm>

#include "libs/dispatch/device_limits.h"

namespace derms::dispatch {
namespace {

constexpr double kRoundingKw = 1e-9;

}  // namespace

FlowBalance::FlowBalance(const Problem& problem, const RegionTree& tree, int interval)
    : problem_(problem), tree_(tree), interval_(interval) {
  const std::size_t count = problem.regions.size();
  net_.assign(count, 0.0);
  demand_ = most_over_ = curtailable_ = shed_ = over_ = curtailed_ = net_;
  for (std::size_t r = 0; r < count; ++r) {
    demand_[r] = ValueAt(problem.regions[r].demand_kw, interval, 0.0);
    for (int above : tree.path_to_root(static_cast<int>(r))) net(above) += demand_[r];
  }
  for (const Device& device : problem.devices) {
    most_over_[static_cast<std::size_t>(device.region)] += HighestOutputKw(problem, device, interval);
  }
}

double FlowBalance::ImportLimit(int region) const {
  return ValueAt(problem_.regions[static_cast<std::size_t>(region)].import_limit_kw, interval_, kUnlimited);
}
double FlowBalance::ExportLimit(int region) const {
  return ValueAt(problem_.regions[static_cast<std::size_t>(region)].export_limit_kw, interval_, kUnlimited);
}

void FlowBalance::AddInjection(int region, double power_kw) {
  for (int above : tree_.path_to_root(region)) net(above) -= power_kw;
}
void FlowBalance::AllowCurtailment(int region, double power_kw) {
  curtailable_[static_cast<std::size_t>(region)] += power_kw;
}

double FlowBalance::RoomToConsumeKw(int region) const {
  double room = kUnlimited;
  for (int above : tree_.path_to_root(region)) {
    room = std::min(room, ImportLimit(above) - net_[static_cast<std::size_t>(above)]);
  }
  return std::max(room, 0.0);
}
double FlowBalance::RoomToInjectKw(int region) const {
  double room = kUnlimited;
  for (int above : tree_.path_to_root(region)) {
    room = std::min(room, ExportLimit(above) + net_[static_cast<std::size_t>(above)]);
  }
  return std::max(room, 0.0);
}

bool FlowBalance::Settle() {
  for (int r : tree_.children_first()) {
    const double before = net(r);
    const double too_much_in = before - ImportLimit(r);
    if (too_much_in > 0.0 && Shed(r, too_much_in) < too_much_in - kRoundingKw) return false;
    double too_much_out = -before - ExportLimit(r);
    if (too_much_out > 0.0) too_much_out -= Curtail(r, too_much_out);
    if (too_much_out > 0.0 && ThrowAway(r, too_much_out) < too_much_out - kRoundingKw) return false;
    const double change = net(r) - before;
    for (int above : tree_.path_to_root(r)) {
      if (above != r) net(above) += change;
    }
  }
  return true;
}

double FlowBalance::Shed(int region, double amount_kw) {
  const auto r = static_cast<std::size_t>(region);
  double done = std::clamp(amount_kw, 0.0, demand_[r] - shed_[r]);
  shed_[r] += done;
  for (int child : tree_.children(region)) {
    done += Shed(child, std::clamp(amount_kw - done, 0.0, std::max(net(child) + ExportLimit(child), 0.0)));
  }
  net_[r] -= done;
  return done;
}

template <typename Own>
double FlowBalance::RaiseImport(int region, double amount_kw, const Own& own) {
  double done = own(region, amount_kw);
  for (int child : tree_.children(region)) {
    const double room = std::max(ImportLimit(child) - net(child), 0.0);
    done += RaiseImport(child, std::clamp(amount_kw - done, 0.0, room), own);
  }
  net(region) += done;
  return done;
}

double FlowBalance::Curtail(int region, double amount_kw) {
  return RaiseImport(region, amount_kw, [&](int of, double amount) {
    const auto r = static_cast<std::size_t>(of);
    const double more = std::clamp(amount, 0.0, curtailable_[r] - curtailed_[r]);
    curtailed_[r] += more;
    return more;
  });
}

double FlowBalance::ThrowAway(int region, double amount_kw) {
  return RaiseImport(region, amount_kw, [&](int of, double amount) {
    const auto r = static_cast<std::size_t>(of);
    const double more = std::clamp(amount, 0.0, most_over_[r] - over_[r]);
    over_[r] += more;
    return more;
  });
}

}  // namespace derms::dispatch
