// The linear program of tree_mend.h: changes of power of some devices below a connection.
//
//   minimise  h rho sum |change| + h lost_load shed + h much excess
//   in every region on the way from a device up to the connection, and every interval:
//       inflow - inflow of regions below that are on such a way + changes of its devices + shed + excess >= need
//       -export_limit <= inflow <= import_limit
// where need is what the region draws now, the other regions below included. It is no equation: energy can be thrown
// away. What a device can change is what its own rows leave: stored energy, ramps, water. Storage changes in pieces, by
// what a kW more does to its energy: as discharge first less, then as charge more. Nothing changed is feasible but for
// the excess.
#pragma once

#include "libs/dispatch/fleet/response_pass.h"
#include "libs/dispatch/linear_program.h"

namespace derms::dispatch::fleet {

struct MendDevice {
  DeviceKind kind;
  Headroom headroom;
  std::uint32_t index;
  std::size_t part;  // in RegionModel::parts
};

// A region on the way.
struct MendRegion {
  int above = -1;  // in the list of them; -1: the connection itself
  Series need_kw;  // may be negative
  const FleetRegion* of = nullptr;
};

class MendProgram {
 public:
  // `place` of a device's part in `regions`, by device; parents come first in `regions`.
  MendProgram(const Fleet& fleet, const std::vector<MendRegion>& regions, const std::vector<MendDevice>& devices,
              const std::vector<std::size_t>& place, FleetSchedule& schedule);

  const LinearProgram& program() const { return lp_; }
  // Into the schedule, exactly within what the device can do.
  void Write(std::span<const double> x, FleetSchedule& schedule) const;

 private:
  static constexpr int kPieces = 3;
  struct Column {
    int first = 0;                        // kPieces of them
    std::array<double, kPieces> power{};  // kW injected per unit: 1 or -1
  };

  int BalanceRow(std::size_t place, std::size_t t) const { return static_cast<int>(place * count_ + t); }
  void AddRegion(const MendRegion& region, std::size_t place);
  // A change of up to `up` and `down`, in the balance of its region; returns the columns.
  Column AddChange(std::size_t place, std::size_t t, std::array<double, kPieces> most,
                   std::array<double, kPieces> sign);
  void AddStorage(std::uint32_t i, std::size_t place, std::span<const float> power_kw);
  void AddUnit(std::uint32_t i, std::size_t place, std::span<const float> power_kw);
  void AddHydro(std::uint32_t i, std::size_t place, std::span<const float> power_kw);
  void KeepWithin(const StorageTerms& storage, std::span<float> power_kw) const;

  const Fleet& fleet_;
  const std::size_t count_;
  const std::vector<MendDevice>& devices_;
  LinearProgram lp_;
  std::vector<Column> columns_;  // by device and interval
};

}  // namespace derms::dispatch::fleet
