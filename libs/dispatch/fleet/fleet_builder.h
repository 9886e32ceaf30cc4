// Collects devices in any order and lays them out as a Fleet: by region and headroom, alike beside alike.
//
// The order inside a group (alike.h) is by what decides a device's answer to prices: a storage's duration, wear, losses
// and charge at the start; a unit's price, price spread and ramp; a hydro plant's hours at full output.
#pragma once

#include <cstdint>
#include <vector>

#include "libs/dispatch/fleet/fleet.h"

namespace derms::dispatch::fleet {

// Where each row of the columns came from: the number given at Add.
struct FleetOrigin {
  std::vector<std::uint32_t> renewable, storage, unit, hydro;
};

struct RenewableRow {
  int region, profile;
  bool must_take;
  Headroom headroom;
  float capacity_kw, marginal_cost_usd_per_kwh, curtailment_price_usd_per_kwh;
  std::uint32_t origin;
};
struct StorageRow {
  int region;
  Headroom headroom;
  float charge_max_kw, discharge_max_kw;
  float energy_min_kwh, energy_max_kwh, initial_energy_kwh, final_energy_min_kwh;
  float charge_efficiency, discharge_efficiency, loss_per_interval, wear_usd_per_kwh;
  std::uint32_t origin;
};
struct UnitPiece {
  float kw, usd_per_kwh;
};
struct UnitRow {
  int region;
  Headroom headroom;
  float min_kw, max_kw, ramp_up_kw, ramp_down_kw, initial_kw, cost_at_min_usd_per_hour;
  std::uint32_t first_piece, piece_count;  // filled by the builder
  std::uint32_t origin;
};
struct HydroRow {
  int region;
  Headroom headroom;
  std::int32_t profile;
  float min_kw, capacity_kw, energy_budget_kwh, marginal_cost_usd_per_kwh;
  std::uint32_t origin;
};

class FleetBuilder {
 public:
  void Add(const RenewableRow& row) { renewables_.push_back(row); }
  void Add(const StorageRow& row) { storages_.push_back(row); }
  void Add(UnitRow row, const std::vector<UnitPiece>& pieces);
  void Add(const HydroRow& row) { hydros_.push_back(row); }

  // Moves the rows into the columns of `fleet`, whose other fields are the caller's. `origin` may be null.
  void Build(Fleet& fleet, FleetOrigin* origin);

 private:
  std::vector<RenewableRow> renewables_;
  std::vector<StorageRow> storages_;
  std::vector<UnitRow> units_;
  std::vector<UnitPiece> pieces_;
  std::vector<HydroRow> hydros_;
};

}  // namespace derms::dispatch::fleet
