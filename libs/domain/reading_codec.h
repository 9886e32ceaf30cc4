// Readings in few bytes: what the journal and the history keep. Pure functions.
//
// By columns. Times and values are differences to the one before, in zigzag varints; a column of values that are all
// whole thousandths (W, mV, mHz, Wh) is kept in thousandths, another one as doubles. Nothing is lost but what is finer
// than a microsecond. A smart meter's reading takes 8 to 20 bytes instead of 58.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/time/time.h"
#include "libs/base/ids.h"
#include "libs/domain/der.h"

namespace derms::domain {

// A reading without its DER; measured_at in whole microseconds.
struct ReadingPoint {
  absl::Time measured_at;
  std::optional<double> power_kw;
  std::optional<double> reactive_power_kvar;
  std::optional<double> voltage_v;
  std::optional<double> frequency_hz;
  std::optional<double> state_of_charge_kwh;
  ReadingQuality quality = ReadingQuality::kValid;

  bool operator==(const ReadingPoint&) const = default;
};

ReadingPoint PointOf(const Reading& reading);
Reading ReadingAt(std::string der_id, const ReadingPoint& point);

std::string EncodeReadings(const std::vector<ReadingPoint>& points);
// None when the bytes are not of EncodeReadings.
std::optional<std::vector<ReadingPoint>> DecodeReadings(std::string_view bytes);

// Readings of many DERs as they arrived.
struct JournalBatch {
  std::vector<base::DerKey> der_keys;
  std::vector<ReadingPoint> points;  // of der_keys[i]
};
std::string EncodeJournal(const JournalBatch& batch);
std::optional<JournalBatch> DecodeJournal(std::string_view bytes);

}  // namespace derms::domain
