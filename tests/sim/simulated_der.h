// How the power of one DER moves towards what it is told. Pure; time is given.
//
// Power is in kW, generation positive. With a ramp rate of its own the DER moves linearly; without one as IEEE
// 1547-2018 describes a response: of first order, 90 % of the step after the open-loop response time (default 10 s), so
// with a time constant of OLRT / ln 10. Disconnected, it ceases to energise at once; told to connect again it enters
// service as it is set to (enter_service.h).
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "absl/time/time.h"
#include "libs/domain/control.h"
#include "libs/domain/defaults.h"
#include "libs/domain/der.h"
#include "tests/sim/enter_service.h"
#include "tests/sim/grid_device.h"

namespace derms::sim {

inline constexpr absl::Duration kOpenLoopResponse = absl::Seconds(10);
inline constexpr double kColdLoadShare = 0.3;

// What a DER is, as registered.
struct DerTraits {
  std::string der_id;
  domain::DerType type = domain::DerType::kSolar;
  double capacity_kw = 0;
  std::string region_id;
  double longitude_deg = 0;
  domain::EffectiveParameters parameters;
  std::shared_ptr<const GridDevice> grid;  // none: it tells nothing of voltage, frequency and reactive power
};

// What it was told last.
struct Target {
  double power_kw = 0;
  bool connected = true;
  domain::OperatingMode mode = domain::OperatingMode::kGridConnected;
};

// Not thread-safe.
class SimulatedDer {
 public:
  // At rest at no power, with its initial energy. `weather_seed`: tests/sim/weather.h.
  SimulatedDer(DerTraits traits, std::uint64_t weather_seed, absl::Time now, EnterService enter_service = {});

  // From now on; what was before is over once Advance was called for the same time. In an island it carries the load
  // behind it: what it gave when it changed over, or, when it starts black, kColdLoadShare of its capacity.
  void Follow(const Target& target);
  // Moves on to `now`; earlier times change nothing.
  void Advance(absl::Time now);

  double power_kw() const { return power_kw_; }
  double energy_kwh() const { return energy_kwh_; }
  bool is_storage() const { return domain::IsStorage(traits_.type); }
  const DerTraits& traits() const { return traits_; }
  const Target& target() const { return target_; }
  // The target as far as the DER can go now: its ratings, the weather, the band of its store; once it is in service.
  double within_reach_kw() const { return within_reach_kw_; }
  bool HasReachedTarget() const { return IsNear(power_kw_, Wanted()); }
  // It stands still short of its target.
  bool IsStuckShort() const { return !HasReachedTarget() && IsNear(power_kw_, within_reach_kw_); }

 private:
  // The accuracy IEEE 1547-2018 asks of measured power is 5 % of the rating; a fifth of it.
  bool IsNear(double a, double b) const;
  double Wanted() const;
  double Reachable(absl::Time now) const;
  double InServiceShare() const;
  void Step(absl::Duration step);
  void Store(double mean_kw, absl::Duration step);

  const DerTraits traits_;
  const std::uint64_t weather_seed_;
  const EnterService enter_service_;
  int returns_ = 0;
  absl::Time enters_at_ = absl::InfinitePast();
  absl::Time now_;
  Target target_;
  double island_load_kw_ = 0;
  double power_kw_ = 0;
  double energy_kwh_ = 0;
  double within_reach_kw_ = 0;
};

}  // namespace derms::sim
