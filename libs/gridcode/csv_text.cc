#include "libs/gridcode/csv_text.h"

#include <csv.h>

#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "libs/base/error.h"

namespace derms::gridcode {
namespace {

constexpr std::size_t kMostBytes = 1 << 20;

struct Reading {
  std::vector<CsvLine> lines;
  std::vector<std::string> cells;
  int row = 0;

  static void OnCell(void* bytes, std::size_t size, void* reading) {
    std::string cell(static_cast<const char*>(bytes), size);
    absl::StripAsciiWhitespace(&cell);
    static_cast<Reading*>(reading)->cells.push_back(std::move(cell));
  }
  static void OnRow(int /*terminator*/, void* reading) {
    auto* self = static_cast<Reading*>(reading);
    self->row++;
    bool blank = true;
    for (const std::string& cell : self->cells) blank = blank && cell.empty();
    if (!blank) self->lines.push_back({self->row, std::move(self->cells)});
    self->cells.clear();
  }
};

std::string Quoted(const std::string& cell) {
  std::string quoted(csv_write(nullptr, 0, cell.data(), cell.size()), '\0');
  csv_write(quoted.data(), quoted.size(), cell.data(), cell.size());
  return quoted;
}

}  // namespace

absl::StatusOr<std::vector<CsvLine>> ReadCsv(std::string_view text) {
  if (text.size() > kMostBytes) return base::InvalidArgument("INVALID_CSV", "the file is larger than 1 MiB");
  constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";  // spreadsheets write it
  if (text.substr(0, kByteOrderMark.size()) == kByteOrderMark) text.remove_prefix(kByteOrderMark.size());
  Reading reading;
  csv_parser parser{};
  csv_init(&parser, CSV_STRICT | CSV_STRICT_FINI | CSV_REPALL_NL);
  const bool read =
      csv_parse(&parser, text.data(), text.size(), Reading::OnCell, Reading::OnRow, &reading) == text.size() &&
      csv_fini(&parser, Reading::OnCell, Reading::OnRow, &reading) == 0;
  const std::string error = csv_strerror(csv_error(&parser));
  csv_free(&parser);
  if (read) return std::move(reading.lines);
  return base::InvalidArgument("INVALID_CSV", absl::StrCat("row ", reading.row + 1, ": ", error));
}

std::string CsvRow(const std::vector<std::string>& cells) {
  std::string row;
  for (const std::string& cell : cells) {
    if (!row.empty() || &cell != &cells.front()) row += ',';
    const bool plain = cell.find_first_of(",\"\r\n") == std::string::npos;
    row += plain ? cell : Quoted(cell);
  }
  return row + "\n";
}

}  // namespace derms::gridcode
