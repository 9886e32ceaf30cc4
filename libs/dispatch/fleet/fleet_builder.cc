#include "libs/dispatch/fleet/fleet_builder.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <span>
#include <tuple>

namespace derms::dispatch::fleet {
namespace {

constexpr std::size_t kLeaf = 4;            // runs this short keep any order
constexpr std::size_t kSpreadSample = 256;  // rows looked at for the spread of a property

template <std::size_t N>
using Keys = std::array<double, N>;

Keys<4> KeysOf(const StorageRow& row) {
  const double range = std::max(row.energy_max_kwh - row.energy_min_kwh, 1e-6F);
  const double power = std::max(row.discharge_max_kw, 1e-6F);
  return {std::min(range / power, 24.0), row.wear_usd_per_kwh,
          static_cast<double>(row.charge_efficiency) * static_cast<double>(row.discharge_efficiency),
          static_cast<double>(row.initial_energy_kwh - row.energy_min_kwh) / range};
}
// Wear and losses set the prices between which a storage acts; its charge at the start matters for hours only.
constexpr Keys<4> kStorageWeights = {1.0, 0.8, 0.8, 0.5};
constexpr Keys<3> kUnitWeights = {1.0, 0.7, 0.5};

template <std::size_t N>
double Spread(std::span<const Keys<N>> keys, std::size_t k) {
  const std::size_t step = std::max<std::size_t>(1, keys.size() / kSpreadSample);
  double sum = 0.0, squares = 0.0, count = 0.0;
  for (std::size_t i = 0; i < keys.size(); i += step) {
    sum += keys[i][k];
    squares += keys[i][k] * keys[i][k];
    count += 1.0;
  }
  return std::sqrt(std::max(squares / count - sum / count * (sum / count), 0.0));
}

// Rows travel with their keys, so that a comparison looks at one array.
template <typename Row, std::size_t N>
class MedianSplitter {
 public:
  MedianSplitter(std::span<Row> rows, const std::vector<Keys<N>>& keys, const Keys<N>& weights) : rows_(rows) {
    for (std::size_t k = 0; k < N; ++k) {
      const double spread = Spread<N>(keys, k);
      scale_[k] = spread > 0.0 ? weights[k] / spread : 0.0;
    }
    order_.resize(rows.size());
    for (std::size_t i = 0; i < rows.size(); ++i) {
      order_[i].row = static_cast<std::uint32_t>(i);
      for (std::size_t k = 0; k < N; ++k) order_[i].key[k] = static_cast<float>(keys[i][k] * scale_[k]);
    }
  }

  void Run() {
    Split(0, order_.size());
    std::vector<Row> sorted;
    sorted.reserve(rows_.size());
    for (const Entry& entry : order_) sorted.push_back(rows_[entry.row]);
    std::copy(sorted.begin(), sorted.end(), rows_.begin());
  }

 private:
  struct Entry {
    std::array<float, N> key;
    std::uint32_t row;
  };

  std::size_t WidestKey(std::size_t begin, std::size_t end) const {
    const std::size_t step = std::max<std::size_t>(1, (end - begin) / kSpreadSample);
    std::size_t widest = 0;
    double most = -1.0;
    for (std::size_t k = 0; k < N; ++k) {
      double sum = 0.0, squares = 0.0, count = 0.0;
      for (std::size_t i = begin; i < end; i += step) {
        const double key = order_[i].key[k];
        sum += key;
        squares += key * key;
        count += 1.0;
      }
      const double variance = squares / count - sum / count * (sum / count);
      if (variance > most) {
        most = variance;
        widest = k;
      }
    }
    return widest;
  }

  void Split(std::size_t begin, std::size_t end) {
    if (end - begin <= kLeaf) return;
    const std::size_t k = WidestKey(begin, end), middle = begin + (end - begin) / 2;
    const auto at = [&](std::size_t i) { return order_.begin() + static_cast<std::ptrdiff_t>(i); };
    std::nth_element(at(begin), at(middle), at(end), [k](const Entry& a, const Entry& b) {
      return a.key[k] != b.key[k] ? a.key[k] < b.key[k] : a.row < b.row;
    });
    Split(begin, middle);
    Split(middle, end);
  }

  std::span<Row> rows_;
  Keys<N> scale_{};
  std::vector<Entry> order_;
};

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
  to.groups = Group(rows, [](std::span<StorageRow> group) {
    std::vector<Keys<4>> keys;
    for (const StorageRow& row : group) keys.push_back(KeysOf(row));
    MedianSplitter<StorageRow, 4>(group, keys, kStorageWeights).Run();
  });
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
  const auto keys_of = [&](const UnitRow& row) -> Keys<3> {
    const double range = std::max(row.max_kw - row.min_kw, 1e-6F);
    const double ramp = std::min<double>((row.ramp_up_kw + row.ramp_down_kw) / range, 2.0);
    if (row.piece_count == 0) return {0.0, 0.0, ramp};
    const double first = pieces[row.first_piece].usd_per_kwh;
    return {first, static_cast<double>(pieces[row.first_piece + row.piece_count - 1].usd_per_kwh) - first, ramp};
  };
  to.groups = Group(rows, [&](std::span<UnitRow> group) {
    std::vector<Keys<3>> keys;
    for (const UnitRow& row : group) keys.push_back(keys_of(row));
    MedianSplitter<UnitRow, 3>(group, keys, kUnitWeights).Run();
  });
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
