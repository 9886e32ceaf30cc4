// The effective set-point of a DER at an instant: one rule for every path that asks. Pure functions.
//
// Resolved per field, not per control (a newer limit does not take away an older set-point):
//   power    chosen: the strongest control that gives one (libs/domain/control.h, RankOf); 0 kW when none does
//   limits   intersected over all sources; a bound that leaves nothing of the stronger bounds is void (CONTRADICTED).
//            Only a winning emergency set-point with override_limits frees itself from the limits of weaker sources
//   connect  the safe value: disconnect beats connect, whoever says it; connected when nobody says anything
//   mode     chosen like power; with the grid when nobody says anything
// The chosen power is clipped to the limits and then to what the DER can do; a disconnected DER has 0 kW.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "absl/container/inlined_vector.h"
#include "absl/time/time.h"
#include "libs/domain/control.h"

namespace derms::domain {

enum class ControlField : std::uint8_t { kPower = 0, kMaxPower = 1, kMinPower = 2, kConnect = 3, kMode = 4 };
inline constexpr std::array<ControlField, 5> kControlFields = {ControlField::kPower, ControlField::kMaxPower,
                                                               ControlField::kMinPower, ControlField::kConnect,
                                                               ControlField::kMode};

// Why what a control says about a field does not count.
enum class LossReason : std::uint8_t {
  kNotYet = 1,             // starts later
  kOver = 2,               // has ended
  kOutranked = 3,          // of a stronger source, or a limit of lower primacy
  kNewerOfSameSource = 4,  // a newer one of the same source wins
  kTieById = 5,            // as strong and as new: the larger id wins
  kLessRestrictive = 6,    // limits: another bound is tighter; connect: somebody says disconnect
  kOverridden = 7,         // limits: the winning emergency set-point overrides them
  kContradicted = 8,       // limits: nothing would be left of a stronger bound
  kNotFinite = 9           // no number
};
enum class ClipReason : std::uint8_t { kMaxPower = 1, kMinPower = 2, kCapability = 3, kDisconnected = 4 };

std::string_view ControlFieldName(ControlField field);  // "power_kw", as in Control
std::string_view LossReasonName(LossReason reason);     // "NOT_YET", ...
std::string_view ClipReasonName(ClipReason reason);     // "MAX_POWER", ...

// Controls are named by their place in the list that was resolved.
inline constexpr int kNoControl = -1;

struct Clip {
  double from_kw = 0;
  double to_kw = 0;
  int control = kNoControl;  // whose limit or disconnection; kNoControl: the DER's own capability
  ClipReason reason = ClipReason::kCapability;

  bool operator==(const Clip&) const = default;
};

struct Loser {
  int control = kNoControl;
  int against = kNoControl;  // who beat it; kNoControl: nobody, it does not hold or is no number
  ControlField field = ControlField::kPower;
  LossReason reason = LossReason::kOver;

  bool operator==(const Loser&) const = default;
};

struct EffectiveSetpoint {
  double power_kw = 0;                               // after all clips
  std::optional<double> max_power_kw, min_power_kw;  // none: nothing limits; capability is not in here
  bool connected = true;
  OperatingMode mode = OperatingMode::kGridConnected;
  absl::Time valid_until = absl::InfiniteFuture();  // all of this holds in [at, valid_until)

  std::array<int, 5> winners = {kNoControl, kNoControl, kNoControl, kNoControl, kNoControl};  // by ControlField
  absl::InlinedVector<Clip, 2> clips;                                                         // in the order applied
  absl::InlinedVector<Loser, 16> losers;  // power, limits, connect, mode

  // Whose word counts; kNoControl: nobody's, which is fail-safe 0 kW, no limit, connected to the grid.
  int WinnerOf(ControlField field) const { return winners[static_cast<std::size_t>(field)]; }
};

// Every field of every control is its winner or among the losers. The result does not hang on the order of `controls`
// (but indices name places in it). Linear in the number of controls but for sorting; no allocation up to 16 of them.
EffectiveSetpoint ResolveSetpoint(const PowerRange& capability, const std::vector<Control>& controls, absl::Time at);

}  // namespace derms::domain
