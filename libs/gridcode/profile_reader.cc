#include "libs/gridcode/profile_reader.h"

#include <algorithm>
#include <cmath>
#include <optional>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "libs/base/error.h"
#include "libs/gridcode/setting_table.h"

namespace derms::gridcode {
namespace {

constexpr std::pair<std::string_view, Figure> kFigureNames[] = {
    {"nominal_hz", Figure::kNominalHz},
    {"reactive.inject_share", Figure::kInjectShare},
    {"reactive.absorb_share", Figure::kAbsorbShare},
    {"reactive.none_below_p_pu", Figure::kNoReactiveBelowPu},
    {"reactive.full_from_p_pu", Figure::kFullReactiveFromPu},
    {"volt_var.inner_span_pu", Figure::kVoltVarInnerSpanPu},
    {"volt_var.outer_span_pu", Figure::kVoltVarOuterSpanPu},
    {"volt_var.least_step_pu", Figure::kVoltVarLeastStepPu},
    {"volt_var.tracked_low_pu", Figure::kTrackedLowPu},
    {"volt_var.tracked_high_pu", Figure::kTrackedHighPu},
    {"watt_var.least_step_pu", Figure::kWattVarLeastStepPu},
    {"volt_watt.least_step_pu", Figure::kVoltWattLeastStepPu},
    {"constant_mode.response_s", Figure::kConstantModeResponseS},
    {"random_delay.most_kva", Figure::kRandomDelayMostKva},
    {"cessation.return_s", Figure::kCessationReturnS},
    {"rocof_hz_per_s", Figure::kRocofHzPerS},
};
static_assert(std::size(kFigureNames) == static_cast<std::size_t>(Figure::kCount));

constexpr std::pair<std::string_view, RideThroughMode> kModeNames[] = {
    {"continuous", RideThroughMode::kContinuous},
    {"mandatory", RideThroughMode::kMandatory},
    {"permissive", RideThroughMode::kPermissive},
    {"momentary_cessation", RideThroughMode::kMomentaryCessation},
    {"cease_to_energise", RideThroughMode::kCeaseToEnergise},
};

constexpr std::string_view kColumns[] = {"row", "category", "name", "value", "min", "max", "slope", "source"};

absl::Status Bad(std::string_view what) {
  return base::InvalidArgument("INVALID_PROFILE", absl::StrCat("the profile cannot be used: ", std::string(what)));
}
absl::Status BadRow(int number, std::string_view what) {
  return Bad(absl::StrCat("row ", number, ": ", std::string(what)));
}

template <typename Value, std::size_t kCount>
std::optional<Value> Named(const std::pair<std::string_view, Value> (&names)[kCount], std::string_view name) {
  for (const auto& [word, value] : names) {
    if (word == name) return value;
  }
  return std::nullopt;
}

// Nothing in the cell: `absent`.
absl::StatusOr<double> Number(const std::string& cell, double absent, int row) {
  if (cell.empty()) return absent;
  double value = 0;
  if (!absl::SimpleAtod(cell, &value) || !std::isfinite(value)) {
    return BadRow(row, absl::StrCat("'", cell, "' is no number"));
  }
  return value;
}

constexpr double kNoBound = std::numeric_limits<double>::infinity();

}  // namespace

absl::StatusOr<Profile> Profile::Parse(std::string_view csv,
                                       const std::function<const Profile*(std::string_view id)>& base_of) {
  return ProfileReader(base_of).Read(csv);
}

absl::StatusOr<Profile> ProfileReader::Read(std::string_view csv) {
  ASSIGN_OR_RETURN(const std::vector<CsvLine> lines, ReadCsv(csv));
  const bool header = !lines.empty() && std::equal(lines[0].cells.begin(), lines[0].cells.end(), std::begin(kColumns),
                                                   std::end(kColumns));
  if (!header) return Bad("its first row must be row,category,name,value,min,max,slope,source");
  for (std::size_t i = 1; i < lines.size(); ++i) {
    std::vector<std::string> cells = lines[i].cells;
    if (cells.size() != std::size(kColumns)) return BadRow(lines[i].number, "it must have 8 cells");
    RETURN_IF_ERROR(Take({cells[0], cells[1], cells[2], cells[3], cells[4], cells[5], cells[6], lines[i].number}));
  }
  RETURN_IF_ERROR(CheckComplete());
  return std::move(profile_);
}

absl::Status ProfileReader::Take(const Row& row) {
  if (row.kind == "profile") return TakeProfile(row);
  if (row.kind == "figure") return TakeFigure(row);
  if (row.kind == "setting") return TakeSetting(row);
  if (row.kind == "voltage_band" || row.kind == "frequency_band") return TakeBand(row);
  return BadRow(row.number, "row must be profile, figure, setting, voltage_band or frequency_band");
}

absl::Status ProfileReader::TakeProfile(const Row& row) {
  if (row.name == "id") {
    profile_.id_ = row.value;
  } else if (row.name == "title") {
    profile_.title_ = row.value;
  } else if (row.name == "based_on") {
    const Profile* base = base_of_(row.value);
    if (base == nullptr) return BadRow(row.number, absl::StrCat("there is no profile '", row.value, "'"));
    profile_.rows_ = base->rows_;
  } else {
    return BadRow(row.number, "name must be id, title or based_on");
  }
  return absl::OkStatus();
}

absl::StatusOr<std::vector<Profile::Rows*>> ProfileReader::Categories(const Row& row) {
  constexpr std::string_view kNormal[] = {"A", "B"}, kAbnormal[] = {"I", "II", "III"};
  std::vector<Profile::Rows*> rows;
  for (std::size_t n = 0; n < std::size(kNormal); ++n) {
    for (std::size_t a = 0; a < std::size(kAbnormal); ++a) {
      const bool meant = row.category == "all" || row.category == kNormal[n] || row.category == kAbnormal[a];
      if (meant) rows.push_back(&profile_.rows_[n * 3 + a]);
    }
  }
  if (rows.empty()) return BadRow(row.number, "category must be all, A, B, I, II or III");
  return rows;
}

absl::Status ProfileReader::TakeFigure(const Row& row) {
  const auto figure = Named(kFigureNames, row.name);
  if (!figure) return BadRow(row.number, absl::StrCat("there is no figure '", row.name, "'"));
  ASSIGN_OR_RETURN(const double value, Number(row.value, -1, row.number));
  if (value < 0) return BadRow(row.number, "the value of a figure must be given and not below 0");
  ASSIGN_OR_RETURN(const auto categories, Categories(row));
  for (Profile::Rows* rows : categories) rows->figures[*figure] = value;
  return absl::OkStatus();
}

absl::Status ProfileReader::TakeSetting(const Row& row) {
  if (FindSettingNumber(row.name) == nullptr || row.name.rfind("ratings.", 0) == 0) {
    return BadRow(row.number, absl::StrCat("there is no setting '", row.name, "'"));
  }
  Range range;
  ASSIGN_OR_RETURN(range.value, Number(row.value, kNoBound, row.number));
  ASSIGN_OR_RETURN(range.min, Number(row.min, -kNoBound, row.number));
  ASSIGN_OR_RETURN(range.max, Number(row.max, kNoBound, row.number));
  if (!(range.min <= range.value && range.value <= range.max && std::isfinite(range.value))) {
    return BadRow(row.number, "the value must be given and lie from min to max");
  }
  ASSIGN_OR_RETURN(const auto categories, Categories(row));
  for (Profile::Rows* rows : categories) rows->settings[row.name] = range;
  return absl::OkStatus();
}

absl::Status ProfileReader::TakeBand(const Row& row) {
  const auto member = row.kind == "voltage_band" ? &Profile::Rows::voltage_bands : &Profile::Rows::frequency_bands;
  if (band_kinds_.insert(row.kind).second) {
    for (Profile::Rows& rows : profile_.rows_) (rows.*member).clear();
  }
  const auto mode = Named(kModeNames, row.name);
  if (!mode) return BadRow(row.number, absl::StrCat("there is no ride-through mode '", row.name, "'"));
  RideThroughBand band{.mode = *mode};
  ASSIGN_OR_RETURN(band.least_s, Number(row.value, 0, row.number));
  ASSIGN_OR_RETURN(band.low, Number(row.min, -kNoBound, row.number));
  ASSIGN_OR_RETURN(band.high, Number(row.max, kNoBound, row.number));
  ASSIGN_OR_RETURN(band.slope, Number(row.slope, 0, row.number));
  if (!(band.low < band.high && band.least_s >= 0))
    return BadRow(row.number, "min must be below max, value not below 0");
  if (band.slope != 0 && !std::isfinite(band.low)) return BadRow(row.number, "a slope needs min, where it begins");
  ASSIGN_OR_RETURN(const auto categories, Categories(row));
  for (Profile::Rows* rows : categories) (rows->*member).push_back(band);
  return absl::OkStatus();
}

absl::Status ProfileReader::CheckSettings(const Profile::Rows& rows) const {
  for (const NumberField<Settings>& number : SettingNumbers()) {
    if (number.name.rfind("ratings.", 0) == 0) continue;  // of the device, not of the code
    if (rows.settings.find(number.name) == rows.settings.end()) {
      return Bad(absl::StrCat("it has no setting ", std::string(number.name), " for some category"));
    }
  }
  for (const auto& [name, figure] : kFigureNames) {
    if (rows.figures.count(figure) == 0) {
      return Bad(absl::StrCat("it has no figure ", std::string(name), " for some category"));
    }
  }
  return absl::OkStatus();
}

absl::Status ProfileReader::CheckBands(const std::vector<RideThroughBand>& bands) const {
  std::vector<RideThroughBand> sorted = bands;
  std::sort(sorted.begin(), sorted.end(), [](const auto& a, const auto& b) { return a.low < b.low; });
  int continuous = 0;
  for (std::size_t i = 0; i < sorted.size(); ++i) {
    continuous += sorted[i].mode == RideThroughMode::kContinuous ? 1 : 0;
    if (i > 0 && sorted[i - 1].high > sorted[i].low) return Bad("two ride-through bands of a category overlap");
  }
  if (continuous != 1) return Bad("voltage and frequency of every category need one continuous band");
  return absl::OkStatus();
}

absl::Status ProfileReader::CheckComplete() const {
  if (profile_.id_.empty()) return Bad("it has no row profile,all,id");
  for (const Profile::Rows& rows : profile_.rows_) {
    RETURN_IF_ERROR(CheckSettings(rows));
    RETURN_IF_ERROR(CheckBands(rows.voltage_bands));
    RETURN_IF_ERROR(CheckBands(rows.frequency_bands));
  }
  return absl::OkStatus();
}

}  // namespace derms::gridcode
