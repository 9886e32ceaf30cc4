// The status of a DER: what is derived, and which changes are allowed. Pure functions.
//
// Stored is OFFLINE, ONLINE or MAINTENANCE, set by UpdateDerStatus. EMERGENCY and OPTIMIZED are derived and never
// stored.
#pragma once

#include "absl/status/status.h"
#include "libs/domain/der.h"

namespace derms::domain {

// What everybody sees. `live_order`: a live emergency order binds the DER (libs/domain/emergency.h).
// `scheduled_now`: an applied schedule covers now. MAINTENANCE wins over both, EMERGENCY over OPTIMIZED; only an
// ONLINE DER is OPTIMIZED, so that an owner who goes OFFLINE leaves the schedule at once.
DerStatus DeriveStatus(DerStatus stored, bool live_order, bool scheduled_now);

// Whether UpdateDerStatus may set `to` on a DER whose derived status is `current`. Setting the stored status that the
// DER already has is allowed and changes nothing. Errors, all FAILED_PRECONDITION: DER_RETIRED;
// INVALID_STATUS_TRANSITION with metadata from, to, allowed (comma-separated, may be empty).
absl::Status CheckTransition(const Der& der, DerStatus current, DerStatus to);

// Whether RetireDer may take the DER out. FAILED_PRECONDITION DER_RETIRED, or DER_NOT_OFFLINE for any other derived
// status than OFFLINE (so never while an order binds it).
absl::Status CheckRetire(const Der& der, DerStatus current);

}  // namespace derms::domain
