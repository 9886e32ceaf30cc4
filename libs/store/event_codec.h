// The canonical form of an event: the bytes that are stored, and that the chain's hash covers.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "libs/base/ids.h"
#include "libs/domain/records.h"

namespace derms::store {

// All fields but the sequence, each as tag, length and bytes, absent ones left out; times in microseconds since 1970.
// One event has one form; a change of this form needs a new first byte, as old events keep theirs.
std::string CanonicalBytes(const domain::Event& event);

// The event of canonical bytes; none when they are not of a known form. sql/0005_events.sql reads them, too.
std::optional<domain::Event> EventOfCanonicalBytes(std::string_view bytes);

// Its id, which every form that there will ever be begins with; empty when it does not.
std::string_view EventIdOfCanonicalBytes(std::string_view bytes);

// Where the event is stored: by the DER it is about; 0 for events about no single DER.
base::DerKey KeyOfEvent(const domain::Event& event);

}  // namespace derms::store
