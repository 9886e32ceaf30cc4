#include "libs/domain/reading_codec.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <utility>

namespace derms::domain {
namespace {

constexpr char kForm = 1;  // first byte; another form gets another
constexpr std::int64_t kMicrosPerSecond = 1'000'000;
constexpr double kThousandths = 1000, kMostScaled = 1e12;
constexpr std::size_t kMostPoints = 10'000'000;

enum ColumnKind : std::uint8_t { kAbsent = 0, kScaled = 1, kRaw = 2, kSomeAbsent = 4 };

using Field = std::optional<double> ReadingPoint::*;
constexpr Field kFields[] = {&ReadingPoint::power_kw, &ReadingPoint::reactive_power_kvar, &ReadingPoint::voltage_v,
                             &ReadingPoint::frequency_hz, &ReadingPoint::state_of_charge_kwh};

class Writer {
 public:
  void Byte(std::uint8_t value) { bytes_ += static_cast<char>(value); }
  void Varint(std::uint64_t value) {
    for (; value >= 0x80; value >>= 7) Byte(static_cast<std::uint8_t>(value | 0x80));
    Byte(static_cast<std::uint8_t>(value));
  }
  void Difference(std::int64_t value) {
    Varint((static_cast<std::uint64_t>(value) << 1) ^ static_cast<std::uint64_t>(value >> 63));
  }
  template <typename T>
  void Fixed(T value) {
    char raw[sizeof value];
    std::memcpy(raw, &value, sizeof value);
    bytes_.append(raw, sizeof value);
  }
  std::string Take() { return std::move(bytes_); }

 private:
  std::string bytes_;
};

// Reading past the end or what cannot be makes it bad; a bad reader gives zeros.
class Reader {
 public:
  explicit Reader(std::string_view bytes) : rest_(bytes) {}
  std::uint8_t Byte() {
    if (rest_.empty()) return Bad();
    const auto value = static_cast<std::uint8_t>(rest_.front());
    rest_.remove_prefix(1);
    return value;
  }
  std::uint64_t Varint() {
    std::uint64_t value = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      const std::uint8_t byte = Byte();
      value |= static_cast<std::uint64_t>(byte & 0x7F) << shift;
      if (byte < 0x80) return value;
    }
    return Bad();
  }
  std::int64_t Difference() {
    const std::uint64_t value = Varint();
    return static_cast<std::int64_t>(value >> 1) ^ -static_cast<std::int64_t>(value & 1);
  }
  template <typename T>
  T Fixed() {
    T value{};
    if (rest_.size() < sizeof value) return static_cast<T>(Bad());
    std::memcpy(&value, rest_.data(), sizeof value);
    rest_.remove_prefix(sizeof value);
    return value;
  }
  bool bad() const { return bad_; }
  bool whole() const { return !bad_ && rest_.empty(); }
  std::size_t size() const { return rest_.size(); }
  std::uint8_t Bad() {
    bad_ = true;
    rest_ = {};
    return 0;
  }

 private:
  std::string_view rest_;
  bool bad_ = false;
};

bool IsScaled(double value) {
  return std::abs(value) < kMostScaled &&
         static_cast<double>(std::llround(value * kThousandths)) / kThousandths == value;
}

void WriteTimes(Writer& out, const std::vector<ReadingPoint>& points) {
  const auto whole = [](const ReadingPoint& point) {
    return absl::ToUnixMicros(point.measured_at) % kMicrosPerSecond == 0;
  };
  const std::int64_t unit = std::all_of(points.begin(), points.end(), whole) ? kMicrosPerSecond : 1;
  out.Byte(unit == 1 ? 0 : 1);
  std::int64_t before = 0;
  for (const ReadingPoint& point : points) {
    const std::int64_t time = absl::ToUnixMicros(point.measured_at) / unit;
    out.Difference(time - before);
    before = time;
  }
}

void ReadTimes(Reader& in, std::vector<ReadingPoint>& points) {
  const std::int64_t unit = in.Byte() == 0 ? 1 : kMicrosPerSecond;
  std::int64_t time = 0;
  for (ReadingPoint& point : points) {
    time += in.Difference();
    point.measured_at = absl::FromUnixMicros(time * unit);
  }
}

void WriteQualities(Writer& out, const std::vector<ReadingPoint>& points) {
  const auto valid = [](const ReadingPoint& point) { return point.quality == ReadingQuality::kValid; };
  const bool all_valid = std::all_of(points.begin(), points.end(), valid);
  out.Byte(all_valid ? 0 : 1);
  if (all_valid) return;
  for (const ReadingPoint& point : points) out.Byte(static_cast<std::uint8_t>(point.quality));
}

void ReadQualities(Reader& in, std::vector<ReadingPoint>& points) {
  if (in.Byte() == 0) return;
  for (ReadingPoint& point : points) {
    const std::uint8_t quality = in.Byte();
    if (quality < 1 || quality > 5) in.Bad();
    point.quality = static_cast<ReadingQuality>(quality);
  }
}

void WriteColumn(Writer& out, const std::vector<ReadingPoint>& points, Field field) {
  std::size_t present = 0;
  bool scaled = true;
  for (const ReadingPoint& point : points) {
    if (!(point.*field)) continue;
    ++present;
    scaled = scaled && IsScaled(*(point.*field));
  }
  if (present == 0) return out.Byte(kAbsent);
  const bool some_absent = present < points.size();
  out.Byte(static_cast<std::uint8_t>((scaled ? kScaled : kRaw) | (some_absent ? kSomeAbsent : 0)));
  std::int64_t before = 0;
  for (const ReadingPoint& point : points) {
    const std::optional<double>& value = point.*field;
    if (some_absent) out.Byte(value ? 1 : 0);
    if (!value) continue;
    if (!scaled) {
      out.Fixed(*value);
      continue;
    }
    const std::int64_t thousandths = std::llround(*value * kThousandths);
    out.Difference(thousandths - before);
    before = thousandths;
  }
}

void ReadColumn(Reader& in, std::vector<ReadingPoint>& points, Field field) {
  const std::uint8_t kind = in.Byte();
  if (kind == kAbsent) return;
  std::int64_t thousandths = 0;
  for (ReadingPoint& point : points) {
    if ((kind & kSomeAbsent) != 0 && in.Byte() == 0) continue;
    if ((kind & kRaw) != 0) {
      point.*field = in.Fixed<double>();
    } else {
      thousandths += in.Difference();
      point.*field = static_cast<double>(thousandths) / kThousandths;
    }
  }
}

void Write(Writer& out, const std::vector<ReadingPoint>& points) {
  out.Byte(kForm);
  out.Varint(points.size());
  WriteTimes(out, points);
  WriteQualities(out, points);
  for (const Field field : kFields) WriteColumn(out, points, field);
}

std::vector<ReadingPoint> Read(Reader& in) {
  if (in.Byte() != kForm) in.Bad();
  const std::uint64_t count = in.Varint();
  if (count > std::min(in.size(), kMostPoints)) in.Bad();  // a point takes a byte at least
  std::vector<ReadingPoint> points(in.bad() ? 0 : count);
  ReadTimes(in, points);
  ReadQualities(in, points);
  for (const Field field : kFields) ReadColumn(in, points, field);
  return points;
}

}  // namespace

ReadingPoint PointOf(const Reading& reading) {
  return {.measured_at = absl::FromUnixMicros(absl::ToUnixMicros(reading.measured_at)),
          .power_kw = reading.power_kw,
          .reactive_power_kvar = reading.reactive_power_kvar,
          .voltage_v = reading.voltage_v,
          .frequency_hz = reading.frequency_hz,
          .state_of_charge_kwh = reading.state_of_charge_kwh,
          .quality = reading.quality};
}

Reading ReadingAt(std::string der_id, const ReadingPoint& point) {
  return {.der_id = std::move(der_id),
          .measured_at = point.measured_at,
          .power_kw = point.power_kw,
          .reactive_power_kvar = point.reactive_power_kvar,
          .voltage_v = point.voltage_v,
          .frequency_hz = point.frequency_hz,
          .state_of_charge_kwh = point.state_of_charge_kwh,
          .quality = point.quality};
}

std::string EncodeReadings(const std::vector<ReadingPoint>& points) {
  Writer out;
  Write(out, points);
  return out.Take();
}

std::optional<std::vector<ReadingPoint>> DecodeReadings(std::string_view bytes) {
  Reader in(bytes);
  std::vector<ReadingPoint> points = Read(in);
  if (!in.whole()) return std::nullopt;
  return points;
}

std::string EncodeJournal(const JournalBatch& batch) {
  Writer out;
  Write(out, batch.points);
  for (const base::DerKey key : batch.der_keys) out.Fixed(key);
  return out.Take();
}

std::optional<JournalBatch> DecodeJournal(std::string_view bytes) {
  Reader in(bytes);
  JournalBatch batch;
  batch.points = Read(in);
  batch.der_keys.reserve(batch.points.size());
  for (std::size_t i = 0; i < batch.points.size(); ++i) batch.der_keys.push_back(in.Fixed<base::DerKey>());
  if (!in.whole()) return std::nullopt;
  return batch;
}

}  // namespace derms::domain
