// Emergency orders and runs as rows.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "libs/domain/records.h"
#include "libs/store/connection.h"

namespace derms::store {

std::string UnboundJson(const domain::EmergencyOrder& order);  // [["DER-1","MAINTENANCE"], ...]
std::string SharesJson(const domain::EmergencyOrder& order);
std::optional<std::string> RestorationJson(const domain::EmergencyOrder& order);

// Columns in the order that OrderOf reads, table alias o.
#define DERMS_ORDER_COLUMNS                                                                                           \
  "o.emergency_id, o.der_id, o.region_id, o.kind, o.power_kw, o.shortfall_kw, "                                       \
  "(extract(epoch FROM o.starts_at) * 1000000)::bigint, (extract(epoch FROM o.ends_at) * 1000000)::bigint, "          \
  "(extract(epoch FROM o.ended_at) * 1000000)::bigint, o.reason, o.exercise, o.state, o.der_count, o.unbound::text, " \
  "o.unbound_count, o.shares::text, o.issued_by, o.released_by, o.revision, o.number, o.override_limits, "            \
  "o.restoration::text"
inline constexpr int kOrderColumnCount = 22;
domain::EmergencyOrder OrderOf(const Rows& rows, std::size_t row);

// Columns in the order that RunOf reads, table alias n.
#define DERMS_RUN_COLUMNS                                                                               \
  "n.run_id, n.region_id, (extract(epoch FROM n.starts_at) * 1000000)::bigint, n.interval_us, "         \
  "n.interval_count, n.applied, n.requested_by, (extract(epoch FROM n.created_at) * 1000000)::bigint, " \
  "n.detail::text, "                                                                                    \
  "n.state, n.runner, n.cancelled_by, n.progress, (extract(epoch FROM n.ended_at) * 1000000)::bigint"
domain::Run RunOf(const Rows& rows, std::size_t row);

}  // namespace derms::store
