// The canonical form of an event: the bytes that the chain's hash covers, and its row.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "libs/domain/records.h"
#include "libs/store/connection.h"

namespace derms::store {

// All fields but the sequence, each as tag, length and bytes, absent ones left out; times in microseconds since 1970.
// One event has one form; a change of this form needs a new first byte, as old events keep theirs.
std::string CanonicalBytes(const domain::Event& event);

// The event of canonical bytes; none when they are not of a known form.
std::optional<domain::Event> EventOfCanonicalBytes(std::string_view bytes);

// Columns of event in the order that EventOf reads, to be used with the table alias e.
#define DERMS_EVENT_COLUMNS                                                                                          \
  "e.event_id::text, e.type, (extract(epoch FROM e.occurred_at) * 1000000)::bigint, e.actor, e.der_id, e.owner_id, " \
  "e.region_id, e.resource_id, e.old_status, e.new_status, e.revision, e.request_id, e.summary"
inline constexpr int kEventColumnCount = 13;
domain::Event EventOf(const Rows& rows, std::size_t row, int first_column);

}  // namespace derms::store
