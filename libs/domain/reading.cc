#include "libs/domain/reading.h"

#include <algorithm>
#include <cmath>
#include <string>

#include "absl/strings/str_cat.h"
#include "libs/base/error.h"
#include "libs/base/utc_text.h"
#include "libs/domain/defaults.h"
#include "libs/domain/rollup.h"

namespace derms::domain {
namespace {

constexpr absl::Duration kMaxAhead = absl::Minutes(1);
constexpr double kMaxPowerShare = 2;
constexpr double kMeterTolerance = 0.01;

bool HasNumber(const Reading& reading) {
  return reading.power_kw || reading.reactive_power_kvar || reading.voltage_v || reading.frequency_hz ||
         reading.state_of_charge_kwh;
}

void CheckFinite(const Reading& reading, base::Violations& violations) {
  const auto check = [&](const char* field, const std::optional<double>& value) {
    if (value && !std::isfinite(*value)) violations.Add(field, "must be a finite number");
  };
  check("power_kw", reading.power_kw);
  check("reactive_power_kvar", reading.reactive_power_kvar);
  check("voltage_v", reading.voltage_v);
  check("frequency_hz", reading.frequency_hz);
  check("state_of_charge_kwh", reading.state_of_charge_kwh);
}

void CheckPower(const Reading& reading, const Der& der, const EffectiveParameters& parameters,
                base::Violations& violations) {
  const double limit = kMaxPowerShare * std::max(der.capacity_kw, parameters.charge_capacity_kw);
  const auto check = [&](const char* field, const std::optional<double>& value, const char* unit) {
    if (value && std::abs(*value) > limit) {
      violations.Add(field, absl::StrCat("must be within ", limit, " ", unit,
                                         ", twice the rated power; check the unit of the meter"));
    }
  };
  check("power_kw", reading.power_kw, "kW");
  check("reactive_power_kvar", reading.reactive_power_kvar, "kvar");
}

void CheckStateOfCharge(const Reading& reading, const Der& der, const EffectiveParameters& parameters,
                        base::Violations& violations) {
  if (!reading.state_of_charge_kwh) return;
  if (!IsStorage(der.type)) {
    violations.Add("state_of_charge_kwh", "is for storage only; leave it out");
    return;
  }
  const double kwh = *reading.state_of_charge_kwh;
  if (kwh < 0 || kwh > parameters.energy_capacity_kwh * (1 + kMeterTolerance)) {
    violations.Add("state_of_charge_kwh", absl::StrCat("must be 0 to ", parameters.energy_capacity_kwh, " kWh"));
  }
}

}  // namespace

absl::Status CheckReading(const Reading& reading, const Der& der, absl::Time now) {
  if (der.lifecycle == Lifecycle::kRetired) {
    return base::FailedPrecondition("DER_RETIRED", absl::StrCat("DER ", der.der_id, " is retired; it has no readings"));
  }
  if (!HasNumber(reading)) {
    return base::InvalidArgument("EMPTY_READING", "a reading needs at least one measured number");
  }
  if (reading.measured_at > now + kMaxAhead) {
    constexpr char kRule[] = "must be at most one minute in the future; check the clock of the meter";
    return base::InvalidArgument("READING_IN_FUTURE", absl::StrCat("measured_at ", kRule)).Field("measured_at", kRule);
  }
  base::Violations violations;
  CheckFinite(reading, violations);
  if (reading.quality != ReadingQuality::kInvalid) {
    const EffectiveParameters parameters = EffectiveParametersOf(der);
    CheckPower(reading, der, parameters, violations);
    CheckStateOfCharge(reading, der, parameters, violations);
  }
  return violations.ToStatus("INVALID_READING");
}

absl::Status CheckNotTooLate(const Reading& reading, absl::Time now, absl::Duration kept) {
  const absl::Time begin = now - kept + absl::Hours(1);
  if (HourOf(reading.measured_at) >= begin) return absl::OkStatus();
  const std::string rule = absl::StrCat("must be in an hour that begins at ", base::UtcText(begin),
                                        " or later: readings of before are no longer kept, and their hours stay");
  return base::InvalidArgument("READING_TOO_LATE", absl::StrCat("measured_at ", rule)).Field("measured_at", rule);
}

bool Replaces(const Reading& candidate, const std::optional<Reading>& stored) {
  return !stored || candidate.measured_at >= stored->measured_at;
}

}  // namespace derms::domain
