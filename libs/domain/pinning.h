// Pinning: what an INJECT, ABSORB or REDUCE order asks of one DER, fixed once, from the DER as it was when the order
// was given.
//
//     target (of a REDUCE: limit) = from +- fraction * headroom left then
//
// where "from" is the power then, or what the orders before it ask where the DER is not there yet, and "left" what they
// leave (holdings.h). It must not be computed again later: a DER that follows the order gives more, or less, and has
// less headroom, so that every new reading would move the target on. Pure functions.
//
// The sum of what live orders are pinned to add to a DER, or to take from it, never exceeds its headroom from before
// the oldest of them: HeadroomLeftKw is at most left * headroom, and the fractions of what is left add up to at most 1.
// Of REDUCE orders that hold a DER together the lowest limit counts, of INJECT and ABSORB orders the newest set-point.
// The newest one's takes in the parts of those before it, also of a DER that does not follow them yet (ReducedToKw,
// MovedToKw), so together they get at least what was promised of them.
#pragma once

#include <optional>

#include "libs/domain/emergency.h"

namespace derms::domain {

// Whether the set-point of such an order hangs on what the DER did when it was given.
inline bool IsPinned(EmergencyKind kind) {
  return IsShared(kind);
}

// What is known of a DER and an order that was given at some time.
struct AroundStart {
  std::optional<Reading> before;  // the newest reading from before the order; none: not known any more
  std::optional<Reading> now;     // the newest of all
  Holding held{};                 // by the orders that were in force when it was given, those alone
  // What the newest of the INJECT and ABSORB orders among them that ask power of the DER is pinned to.
  std::optional<double> asked_kw{};
};

// The state from which what the order asks of the DER is pinned. Where the power before the order is not known (this
// process began later, and the DER has told of itself since), the DER may follow the order already: the least that
// explains what it does now is that it does, so it is told to stay as it is. Too little is promised then, never too
// much.
DerState StateToPin(const Der& der, AroundStart around);

}  // namespace derms::domain
