#include <initializer_list>

#include "libs/domain/reading_codec.h"
#include "libs/store/row_writers.h"

namespace derms::store {
namespace {

// Columns of latest_reading for unnest.
class ReadingArrays {
 public:
  void Add(RowKey key, const domain::Reading& reading) {
    keys_.Add(key);
    ids_.Add(reading.der_id);
    measured_.Add(reading.measured_at);
    powers_.Add(reading.power_kw);
    reactive_.Add(reading.reactive_power_kvar);
    voltages_.Add(reading.voltage_v);
    frequencies_.Add(reading.frequency_hz);
    charges_.Add(reading.state_of_charge_kwh);
    qualities_.Add(static_cast<int>(reading.quality));
  }
  Params Take() {
    Params params;
    for (SqlArray* array : std::initializer_list<SqlArray*>{&keys_, &ids_, &measured_, &powers_, &reactive_, &voltages_,
                                                            &frequencies_, &charges_, &qualities_}) {
      params.AddArray(*array);
    }
    return params;
  }

 private:
  BigintArray keys_;
  TextArray ids_;
  TimestampArray measured_;
  DoubleArray powers_, reactive_, voltages_, frequencies_, charges_;
  SmallintArray qualities_;
};

}  // namespace

void WriteReadings(Transaction& transaction, Batch& batch) {
  // One statement and one round trip for both tables.
  static constexpr Statement kPut{
      "reading_put",
      "WITH journal AS (INSERT INTO reading_journal (reading_count, readings) VALUES ($10, $11)) "
      "INSERT INTO latest_reading AS l (der_key, der_id, measured_at, power_kw, reactive_power_kvar, voltage_v, "
      "frequency_hz, state_of_charge_kwh, quality) SELECT * FROM unnest($1::bigint[], $2::text[], $3::timestamptz[], "
      "$4::float8[], $5::float8[], $6::float8[], $7::float8[], $8::float8[], $9::smallint[]) "
      "ON CONFLICT (der_key) DO UPDATE SET measured_at = excluded.measured_at, power_kw = excluded.power_kw, "
      "reactive_power_kvar = excluded.reactive_power_kvar, voltage_v = excluded.voltage_v, "
      "frequency_hz = excluded.frequency_hz, state_of_charge_kwh = excluded.state_of_charge_kwh, "
      "quality = excluded.quality WHERE excluded.measured_at >= l.measured_at"};
  const auto writes = batch.Collect<ReadingPut>();  // by key, those of one DER as they came
  if (writes.empty()) return;
  ReadingArrays newest_readings;
  domain::JournalBatch journal;
  journal.der_keys.reserve(writes.size());
  journal.points.reserve(writes.size());
  const domain::Reading* newest = nullptr;
  for (std::size_t i = 0; i < writes.size(); ++i) {
    const domain::Reading& reading = writes[i].row->reading();
    journal.der_keys.push_back(writes[i].key);
    journal.points.push_back(domain::PointOf(reading));
    if (newest == nullptr || reading.measured_at >= newest->measured_at) newest = &reading;
    if (i + 1 == writes.size() || writes[i + 1].key != writes[i].key) {
      newest_readings.Add(writes[i].key, *newest);
      newest = nullptr;
    }
    writes[i].item->wrote = true;
  }
  Params params = newest_readings.Take();
  params.Add(writes.size()).AddBytes(domain::EncodeJournal(journal));
  transaction.Run(kPut, params);
}

}  // namespace derms::store
