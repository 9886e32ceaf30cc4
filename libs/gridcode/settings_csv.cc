#include "libs/gridcode/settings_csv.h"

#include <array>
#include <charconv>
#include <cmath>
#include <map>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "libs/base/error.h"
#include "libs/base/sha256.h"
#include "libs/gridcode/csv_text.h"
#include "libs/gridcode/setting_table.h"

namespace derms::gridcode {
namespace {

constexpr std::string_view kAsSet = "-AS";  // "as set"; other endings (-ER-MIN, -ER-MAX) are ranges, not settings
constexpr std::pair<std::string_view, std::string Nameplate::*> kTexts[] = {
    {"NP_MANUFACTURER", &Nameplate::manufacturer},
    {"NP_MODEL", &Nameplate::model},
    {"NP_SERIAL_NUM", &Nameplate::serial_number},
    {"NP_FW_VER", &Nameplate::version},
};
constexpr std::string_view kNormalColumn = "NP_NORMAL_OP_CAT", kAbnormalColumn = "NP_ABNORMAL_OP_CAT",
                           kModesColumn = "NP_SUPPORTED_MODES", kChecksumColumn = "TA_RR_FILE_CHECKSUM";

struct Cell {
  std::string value;
  int row = 0;
};

absl::Status Bad(int row, std::string_view what) {
  return base::InvalidArgument("INVALID_CSV", absl::StrCat("row ", row, ": ", std::string(what)));
}

// Shortest text without exponent that reads back as the same number; in W, VA and var to the millionth, so that 90.1 kW
// are 90100.
std::string NumberText(double value, double file_scale) {
  constexpr double kMicro = 1e6;
  if (file_scale != 1) value = std::round(value * file_scale * kMicro) / kMicro;
  std::array<char, 400> text{};  // the longest double has 327 characters
  const auto end = std::to_chars(text.data(), text.data() + text.size(), value, std::chars_format::fixed).ptr;
  return {text.data(), end};
}

std::string ChecksumOf(std::string_view content) {
  return base::ToHex(base::Sha256(content));
}

// The rows of a file; each is taken once, what is left is unknown.
class Cells {
 public:
  absl::Status Read(std::string_view text) {
    ASSIGN_OR_RETURN(const std::vector<CsvLine> lines, ReadCsv(text));
    const bool header = !lines.empty() && lines[0].cells.size() >= 2 && lines[0].cells[0] == "PARAMETER" &&
                        lines[0].cells[1] == "VALUE";
    if (!header) return Bad(1, "the first row must be PARAMETER,VALUE");
    std::string content = CsvRow({lines[0].cells[0], lines[0].cells[1]});
    for (std::size_t i = 1; i < lines.size(); ++i) {
      const CsvLine& line = lines[i];
      if (line.cells.size() < 2) return Bad(line.number, "it must have a name and a value");
      if (!cells_.emplace(line.cells[0], Cell{line.cells[1], line.number}).second) {
        return Bad(line.number, absl::StrCat(line.cells[0], " is there twice"));
      }
      if (line.cells[0] != kChecksumColumn) content += CsvRow({line.cells[0], line.cells[1]});
    }
    return Verify(content);
  }
  // Nothing for a name that is absent or has no value.
  std::optional<Cell> Take(std::string_view name) {
    const auto found = cells_.find(name);
    if (found == cells_.end()) return std::nullopt;
    Cell cell = std::move(found->second);
    cells_.erase(found);
    return cell.value.empty() ? std::nullopt : std::optional(std::move(cell));
  }
  // A setting: with its ending, or without when that is no rating of the nameplate.
  std::optional<Cell> TakeSetting(std::string_view column) {
    auto with_ending = Take(absl::StrCat(std::string(column), std::string(kAsSet)));
    return with_ending || column.substr(0, 3) == "NP_" ? with_ending : Take(column);
  }
  std::vector<std::string> Left() const {
    std::vector<std::string> names;
    for (const auto& [name, cell] : cells_) {
      if (name.rfind("MT_", 0) != 0 && name.rfind("TA_", 0) != 0 && name != "COMMENT") names.push_back(name);
    }
    return names;
  }

 private:
  absl::Status Verify(const std::string& content) {
    const auto cell = Take(kChecksumColumn);
    if (!cell) return absl::OkStatus();
    const std::string given = absl::AsciiStrToLower(cell->value), is = ChecksumOf(content);
    if (given == is) return absl::OkStatus();
    return Bad(cell->row, absl::StrCat(std::string(kChecksumColumn), " is ", cell->value,
                                       ", but the SHA-256 of the content is ", is,
                                       ": the file is not as it was written; get it again, or remove this row to "
                                       "read it unverified"));
  }

  std::map<std::string, Cell, std::less<>> cells_;
};

absl::StatusOr<double> NumberIn(const Cell& cell, std::string_view column, double scale) {
  double value = 0;
  if (absl::SimpleAtod(cell.value, &value) && std::isfinite(value)) return value / scale;
  return Bad(cell.row, absl::StrCat(std::string(column), " '", cell.value, "' is no number"));
}

absl::StatusOr<bool> FlagIn(const Cell& cell, const FlagField<Settings>& flag) {
  const std::string word = absl::AsciiStrToUpper(cell.value);
  if (word == flag.word_true) return true;
  if (word == flag.word_false) return false;
  if (word == "1" || word == "TRUE" || word == "ON") return true;
  if (word == "0" || word == "FALSE" || word == "OFF") return false;
  return Bad(cell.row, absl::StrCat(std::string(flag.column), " '", cell.value, "' must be ",
                                    std::string(flag.word_true), " or ", std::string(flag.word_false)));
}

// "CAT_III", "III".
template <typename Category>
absl::StatusOr<Category> CategoryIn(const Cell& cell, std::string_view column, std::initializer_list<Category> all) {
  const std::string upper = absl::AsciiStrToUpper(cell.value);
  const std::string_view word = std::string_view(upper).substr(upper.rfind("CAT_", 0) == 0 ? 4 : 0);
  for (const Category category : all) {
    if (word == CategoryName(category)) return category;
  }
  return Bad(cell.row, absl::StrCat(std::string(column), " '", cell.value, "' is no category"));
}

absl::Status TakeCategories(Cells& cells, Nameplate& plate, bool& any) {
  if (const auto cell = cells.Take(kNormalColumn)) {
    ASSIGN_OR_RETURN(plate.normal, CategoryIn(*cell, kNormalColumn, {NormalCategory::kA, NormalCategory::kB}));
    any = true;
  }
  if (const auto cell = cells.Take(kAbnormalColumn)) {
    ASSIGN_OR_RETURN(plate.abnormal, CategoryIn(*cell, kAbnormalColumn,
                                                {AbnormalCategory::kI, AbnormalCategory::kII, AbnormalCategory::kIII}));
    any = true;
  }
  return absl::OkStatus();
}

absl::StatusOr<std::optional<Nameplate>> TakeNameplate(Cells& cells) {
  Nameplate plate;
  bool any = false;
  for (const NumberField<Nameplate>& number : NameplateNumbers()) {
    const auto cell = cells.Take(number.column);
    if (!cell) continue;
    ASSIGN_OR_RETURN(number.in(plate), NumberIn(*cell, number.column, number.file_scale));
    any = true;
  }
  for (const auto& [column, member] : kTexts) {
    const auto cell = cells.Take(column);
    if (!cell) continue;
    plate.*member = cell->value;
    any = true;
  }
  if (const auto cell = cells.Take(kModesColumn)) {
    plate.supported_modes =
        absl::StrSplit(absl::AsciiStrToUpper(cell->value), absl::ByAnyChar("-; "), absl::SkipEmpty());
    any = true;
  }
  RETURN_IF_ERROR(TakeCategories(cells, plate, any));
  return any ? std::optional(std::move(plate)) : std::nullopt;
}

absl::StatusOr<GivenSettings> TakeSettings(Cells& cells) {
  GivenSettings given;
  for (const NumberField<Settings>& number : SettingNumbers()) {
    const auto cell = cells.TakeSetting(number.column);
    if (!cell) continue;
    ASSIGN_OR_RETURN(const double value, NumberIn(*cell, number.column, number.file_scale));
    given.numbers.emplace_back(number.name, value);
  }
  for (const FlagField<Settings>& flag : SettingFlags()) {
    auto cell = cells.TakeSetting(flag.column);
    if (!cell && flag.name == "watt_priority") cell = cells.Take(flag.column);  // an NP_ name without ending
    if (!cell) continue;
    ASSIGN_OR_RETURN(const bool value, FlagIn(*cell, flag));
    given.flags.emplace_back(flag.name, value);
  }
  return given;
}

void WriteNameplate(const Nameplate& plate, std::string& text) {
  for (const NumberField<Nameplate>& number : NameplateNumbers()) {
    text += CsvRow({std::string(number.column), NumberText(number.of(plate), number.file_scale)});
  }
  if (plate.normal)
    text += CsvRow({std::string(kNormalColumn), absl::StrCat("CAT_", std::string(CategoryName(*plate.normal)))});
  if (plate.abnormal) {
    text += CsvRow({std::string(kAbnormalColumn), absl::StrCat("CAT_", std::string(CategoryName(*plate.abnormal)))});
  }
  if (!plate.supported_modes.empty()) {
    text += CsvRow({std::string(kModesColumn), absl::StrJoin(plate.supported_modes, "-")});
  }
  for (const auto& [column, member] : kTexts) {
    // Without surrounding blanks, as it is read.
    std::string value = plate.*member;
    absl::StripAsciiWhitespace(&value);
    if (!value.empty()) text += CsvRow({std::string(column), std::move(value)});
  }
}

void WriteSettings(const Settings& settings, std::string& text) {
  const auto name = [](std::string_view column) { return absl::StrCat(std::string(column), std::string(kAsSet)); };
  for (const FlagField<Settings>& flag : SettingFlags()) {
    text += CsvRow({name(flag.column), std::string(flag.of(settings) ? flag.word_true : flag.word_false)});
  }
  for (const NumberField<Settings>& number : SettingNumbers()) {
    const double value = number.of(settings);
    if (number.name.substr(0, 8) == "ratings." && value == 0) continue;  // as the nameplate
    text += CsvRow({name(number.column), NumberText(value, number.file_scale)});
  }
}

}  // namespace

std::string_view CategoryName(NormalCategory category) {
  return category == NormalCategory::kA ? "A" : "B";
}
std::string_view CategoryName(AbnormalCategory category) {
  return category == AbnormalCategory::kI ? "I" : category == AbnormalCategory::kII ? "II" : "III";
}

absl::StatusOr<SettingsFile> ReadSettingsCsv(std::string_view text) {
  Cells cells;
  RETURN_IF_ERROR(cells.Read(text));
  SettingsFile file;
  ASSIGN_OR_RETURN(file.settings, TakeSettings(cells));
  ASSIGN_OR_RETURN(file.nameplate, TakeNameplate(cells));
  file.unknown = cells.Left();
  return file;
}

std::string WriteSettingsCsv(const Nameplate* nameplate, const Settings* settings) {
  std::string text = "PARAMETER,VALUE\nMT_FILE_INFO_TYPE,AS\n";
  if (nameplate != nullptr) WriteNameplate(*nameplate, text);
  if (settings != nullptr) WriteSettings(*settings, text);
  return text + CsvRow({std::string(kChecksumColumn), ChecksumOf(text)});
}

}  // namespace derms::gridcode
