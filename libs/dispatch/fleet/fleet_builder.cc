#include "libs/dispatch/fleet/fleet_builder.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <span>
#include <tuple>

#include "libs/dispatch/fleet/likeness.h"

namespace derms::dispatch::fleet {
namespace {

// Puts the rows into an order in which neighbours are alike.
template <std::size_t N, typename Row, typename KeysOf>
void OrderAlike(std::span<Row> rows, const KeysOf& keys_of, const Keys<N>& weights) {
  std::vector<Keys<N>> keys;
  keys.reserve(rows.size());
  for (const Row& row : rows) keys.push_back(keys_of(row));
  const AlikeOrder<N> order(keys, weights);
  std::vector<Row> sorted;
  sorted.reserve(rows.size());
  for (std::size_t place = 0; place < order.size(); ++place) sorted.push_back(rows[order[place]]);
  std::copy(sorted.begin(), sorted.end(), rows.begin());
}

template <typename Row>
bool BelongsBefore(const Row& a, const Row& b) {
  return std::tie(a.region, a.headroom) < std::tie(b.region, b.headroom);
}

// Orders rows by region and headroom and calls `arrange` on the rows of each group.
template <typename Row, typename Arrange>
std::vector<DeviceGroup> Group(std::vector<Row>& rows, const Arrange& arrange) {
  std::stable_sort(rows.begin(), rows.end(), BelongsBefore<Row>);
  std::vector<DeviceGroup> groups;
  for (std::size_t begin = 0, end = 0; begin < rows.size(); begin = end) {
    while (end < rows.size() && !BelongsBefore(rows[begin], rows[end])) ++end;
    groups.push_back(
        {rows[begin].region, rows[begin].headroom, static_cast<std::uint32_t>(begin), static_cast<std::uint32_t>(end)});
    arrange(std::span(rows).subspan(begin, end - begin));
  }
  return groups;
}

template <typename Row>
void KeepOrigin(const std::vector<Row>& rows, std::vector<std::uint32_t>* origin) {
  if (origin == nullptr) return;
  origin->clear();
  origin->reserve(rows.size());
  for (const Row& row : rows) origin->push_back(row.origin);
}

// One column of a struct of rows.
template <typename Row, typename Value>
std::vector<Value> Column(const std::vector<Row>& rows, Value Row::*field) {
  std::vector<Value> column;
  column.reserve(rows.size());
  for (const Row& row : rows) column.push_back(row.*field);
  return column;
}

template <typename Row>
void Free(std::vector<Row>& rows) {
  std::vector<Row>().swap(rows);
}

void BuildRenewables(std::vector<RenewableRow>& rows, Renewables& to) {
  const auto place = [](const RenewableRow& row) {
    return std::make_tuple(row.region, row.profile, row.must_take, row.headroom);
  };
  const auto net = [](const RenewableRow& row) {
    return row.marginal_cost_usd_per_kwh - row.curtailment_price_usd_per_kwh;
  };
  std::stable_sort(rows.begin(), rows.end(), [&](const RenewableRow& a, const RenewableRow& b) {
    return place(a) != place(b) ? place(a) < place(b) : net(a) < net(b);
  });
  to.capacity_kw = Column(rows, &RenewableRow::capacity_kw);
  to.marginal_cost_usd_per_kwh = Column(rows, &RenewableRow::marginal_cost_usd_per_kwh);
  to.curtailment_price_usd_per_kwh = Column(rows, &RenewableRow::curtailment_price_usd_per_kwh);
  to.classes.clear();
  for (std::size_t begin = 0, end = 0; begin < rows.size(); begin = end) {
    while (end < rows.size() && place(rows[begin]) == place(rows[end])) ++end;
    to.classes.push_back({rows[begin].region, rows[begin].profile, rows[begin].must_take, rows[begin].headroom,
                          static_cast<std::uint32_t>(begin), static_cast<std::uint32_t>(end)});
  }
}

void BuildStorages(std::vector<StorageRow>& rows, Storages& to) {
  const auto keys_of = [](const StorageRow& row) {
    return StorageLikeness{row.discharge_max_kw,  row.energy_min_kwh,       row.energy_max_kwh,  row.initial_energy_kwh,
                           row.charge_efficiency, row.discharge_efficiency, row.wear_usd_per_kwh}
        .keys();
  };
  to.groups = Group(rows, [&](std::span<StorageRow> group) { OrderAlike<4>(group, keys_of, kStorageWeights); });
  to.charge_max_kw = Column(rows, &StorageRow::charge_max_kw);
  to.discharge_max_kw = Column(rows, &StorageRow::discharge_max_kw);
  to.energy_min_kwh = Column(rows, &StorageRow::energy_min_kwh);
  to.energy_max_kwh = Column(rows, &StorageRow::energy_max_kwh);
  to.initial_energy_kwh = Column(rows, &StorageRow::initial_energy_kwh);
  to.final_energy_min_kwh = Column(rows, &StorageRow::final_energy_min_kwh);
  to.charge_efficiency = Column(rows, &StorageRow::charge_efficiency);
  to.discharge_efficiency = Column(rows, &StorageRow::discharge_efficiency);
  to.loss_per_interval = Column(rows, &StorageRow::loss_per_interval);
  to.wear_usd_per_kwh = Column(rows, &StorageRow::wear_usd_per_kwh);
}

void BuildUnits(std::vector<UnitRow>& rows, const std::vector<UnitPiece>& pieces, Units& to) {
  const auto keys_of = [&](const UnitRow& row) {
    const auto price = [&](std::size_t k) {
      return row.piece_count == 0 ? 0.0 : static_cast<double>(pieces[row.first_piece + k].usd_per_kwh);
    };
    const std::size_t last = row.piece_count == 0 ? 0 : row.piece_count - 1;
    return UnitLikeness{row.min_kw, row.max_kw, row.ramp_up_kw, row.ramp_down_kw, price(0), price(last)}.keys();
  };
  to.groups = Group(rows, [&](std::span<UnitRow> group) { OrderAlike<3>(group, keys_of, kUnitWeights); });
  to.min_kw = Column(rows, &UnitRow::min_kw);
  to.max_kw = Column(rows, &UnitRow::max_kw);
  to.ramp_up_kw = Column(rows, &UnitRow::ramp_up_kw);
  to.ramp_down_kw = Column(rows, &UnitRow::ramp_down_kw);
  to.initial_kw = Column(rows, &UnitRow::initial_kw);
  to.cost_at_min_usd_per_hour = Column(rows, &UnitRow::cost_at_min_usd_per_hour);
  to.first_piece.assign(1, 0);
  to.piece_kw.clear();
  to.piece_usd_per_kwh.clear();
  for (const UnitRow& row : rows) {
    for (std::size_t k = 0; k < row.piece_count; ++k) {
      to.piece_kw.push_back(pieces[row.first_piece + k].kw);
      to.piece_usd_per_kwh.push_back(pieces[row.first_piece + k].usd_per_kwh);
    }
    to.first_piece.push_back(static_cast<std::uint32_t>(to.piece_kw.size()));
  }
}

void BuildHydros(std::vector<HydroRow>& rows, Hydros& to) {
  const auto hours = [](const HydroRow& row) { return row.energy_budget_kwh / std::max(row.capacity_kw, 1e-6F); };
  to.groups = Group(rows, [&](std::span<HydroRow> group) {
    std::stable_sort(group.begin(), group.end(), [&](const HydroRow& a, const HydroRow& b) {
      return a.profile != b.profile ? a.profile < b.profile : hours(a) < hours(b);
    });
  });
  to.min_kw = Column(rows, &HydroRow::min_kw);
  to.capacity_kw = Column(rows, &HydroRow::capacity_kw);
  to.profile = Column(rows, &HydroRow::profile);
  to.energy_budget_kwh = Column(rows, &HydroRow::energy_budget_kwh);
  to.marginal_cost_usd_per_kwh = Column(rows, &HydroRow::marginal_cost_usd_per_kwh);
}

}  // namespace

void FleetBuilder::Add(UnitRow row, const std::vector<UnitPiece>& pieces) {
  row.first_piece = static_cast<std::uint32_t>(pieces_.size());
  row.piece_count = static_cast<std::uint32_t>(pieces.size());
  pieces_.insert(pieces_.end(), pieces.begin(), pieces.end());
  units_.push_back(row);
}

void FleetBuilder::Build(Fleet& fleet, FleetOrigin* origin) {
  BuildRenewables(renewables_, fleet.renewables);
  KeepOrigin(renewables_, origin == nullptr ? nullptr : &origin->renewable);
  Free(renewables_);
  BuildStorages(storages_, fleet.storages);
  KeepOrigin(storages_, origin == nullptr ? nullptr : &origin->storage);
  Free(storages_);
  BuildUnits(units_, pieces_, fleet.units);
  KeepOrigin(units_, origin == nullptr ? nullptr : &origin->unit);
  Free(units_);
  Free(pieces_);
  BuildHydros(hydros_, fleet.hydros);
  KeepOrigin(hydros_, origin == nullptr ? nullptr : &origin->hydro);
  Free(hydros_);
}

}  // namespace derms::dispatch::fleet
