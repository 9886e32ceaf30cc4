// Every device's own best answer to given prices: the lower bound, and the columns of the polish.
#pragma once

#include <vector>

#include "absl/status/statusor.h"
#include "libs/dispatch/fleet/hydro_response.h"
#include "libs/dispatch/fleet/promised_response.h"
#include "libs/dispatch/fleet/region_model.h"
#include "libs/dispatch/fleet/storage_response.h"
#include "libs/dispatch/fleet/unit_response.h"
#include "libs/dispatch/fleet/warm_start.h"
#include "libs/dispatch/fleet/workers.h"
#include "libs/dispatch/linear_program.h"

namespace derms::dispatch::fleet {

// What one thread needs to answer for devices.
struct ResponseSpace {
  explicit ResponseSpace(const Fleet& fleet)
      : storage(fleet.intervals(), fleet.hours),
        unit(fleet.intervals(), fleet.hours),
        hydro(fleet.intervals(), fleet.hours),
        power_kw(fleet.intervals()),
        wish_kw(fleet.intervals()),
        worth_usd_per_kw(fleet.intervals()),
        promised(fleet.reserve_hours > 0.0 ? fleet.intervals() : 0, fleet.hours, fleet.reserve_hours),
        holding_usd_per_kwh(fleet.reserve_hours > 0.0 ? fleet.intervals() : 0) {}

  StorageResponse storage;
  UnitResponse unit;
  HydroResponse hydro;
  Series power_kw, wish_kw, worth_usd_per_kw;
  // Of storage whose energy backs headroom.
  PromisedResponse promised;
  Series holding_usd_per_kwh;
};

// A run of devices of one cluster: what one thread does at a time.
struct DeviceJob {
  std::size_t cluster;
  std::uint32_t begin, end;
};
std::vector<DeviceJob> MakeJobs(const RegionModel& model);

// One cluster's answer.
struct ClusterResponse {
  Series power_kw;         // summed over its devices
  double cost_usd = 0.0;   // of the powers
  double value_usd = 0.0;  // least cost - worth x power: the bound's share
};

// Answers for device i of a kind with its powers in space.power_kw. Of storage whose energy backs headroom: at the
// worth and the prices of its run (backing.h).
struct DeviceAnswer {
  double cost_usd, value_usd;
};
DeviceAnswer Respond(const Fleet& fleet, DeviceKind kind, std::size_t i, std::span<const double> worth_usd_per_kw,
                     ResponseSpace& space, const BackingPrices* backing = nullptr);

// What a device's powers cost, USD.
double CostOf(const Fleet& fleet, DeviceKind kind, std::size_t i, std::span<const float> power_kw);

// The row of a device in the schedule's columns.
std::span<float> PowersOf(FleetSchedule& schedule, DeviceKind kind, std::size_t i, std::size_t intervals);

// By cluster of the region. With a proof, the values that prove each answer are kept. DEADLINE_EXCEEDED when stopped.
absl::StatusOr<std::vector<ClusterResponse>> RespondToPrices(const RegionModel& model, const RegionPrices& prices,
                                                             Workers& workers, std::vector<ResponseSpace>& spaces,
                                                             const EngineLimits& limits, KeptProof* proof = nullptr);

// Lower bound on the region's cost that admissible prices prove, from the devices' answers to them.
double LowerBound(const RegionModel& model, const RegionPrices& prices, const std::vector<ClusterResponse>& answers);

}  // namespace derms::dispatch::fleet
