// A DER, its parameters and readings as rows.
#pragma once

#include <string>
#include <string_view>

#include "libs/domain/der.h"
#include "libs/store/connection.h"

namespace derms::store {

// The jsonb of der.parameters: what the owner gave, nothing else. ParametersOf throws StatusError on another form.
std::string ParametersJson(const domain::DerParameters& parameters);
domain::DerParameters ParametersOf(std::string_view json);

// Columns in the order that DerOf reads, to be used with the table alias d.
#define DERMS_DER_COLUMNS                                                                                        \
  "d.der_id, d.owner_id, d.type, d.capacity_kw, d.latitude_deg, d.longitude_deg, d.region_id, d.stored_status, " \
  "d.lifecycle, d.parameters::text, (extract(epoch FROM d.registered_at) * 1000000)::bigint, "                   \
  "(extract(epoch FROM d.updated_at) * 1000000)::bigint, d.revision, d.gateway_id"
inline constexpr int kDerColumnCount = 14;
domain::Der DerOf(const Rows& rows, std::size_t row);

// The same for latest_reading with the alias r.
#define DERMS_READING_COLUMNS                                                                                         \
  "r.der_id, (extract(epoch FROM r.measured_at) * 1000000)::bigint, r.power_kw, r.reactive_power_kvar, r.voltage_v, " \
  "r.frequency_hz, r.state_of_charge_kwh, r.quality"
domain::Reading ReadingOf(const Rows& rows, std::size_t row);

}  // namespace derms::store
