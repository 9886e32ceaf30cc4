// Reads CSV files row by row (libcsv, strict): a file of any length in bounded memory.
#pragma once

#include <csv.h>

#include <cstdint>
#include <deque>
#include <fstream>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "libs/base/error.h"

namespace derms::dermsctl {

// The names of the columns; a name may be asked for under several spellings, the first present counts.
class CsvHeader {
 public:
  explicit CsvHeader(std::vector<std::string> names);
  const std::vector<std::string>& names() const { return names_; }
  std::optional<std::size_t> Find(std::initializer_list<std::string_view> spellings) const;

 private:
  std::vector<std::string> names_;
  std::unordered_map<std::string, std::size_t> places_;
};

class CsvRow {
 public:
  CsvRow(const CsvHeader& header, std::size_t line, std::vector<std::string> cells)
      : header_(&header), line_(line), cells_(std::move(cells)) {}

  std::size_t line() const { return line_; }  // where the row ends in the file, from 1
  const std::vector<std::string>& cells() const { return cells_; }

  // Nothing when the column is absent or the cell is empty.
  std::optional<std::string> Text(std::initializer_list<std::string_view> spellings) const;
  // A finite number; anything else is added to `violations` under the column's first spelling.
  std::optional<double> Number(std::initializer_list<std::string_view> spellings, base::Violations& violations) const;

 private:
  const CsvHeader* header_;
  std::size_t line_;
  std::vector<std::string> cells_;
};

// Not thread-safe. Errors are INVALID_ARGUMENT with reason INVALID_CSV and the line: no header, a name twice, a row
// with another number of cells, a stray quote, a line above 1 MiB; NOT_FOUND with reason FILE_NOT_FOUND.
class CsvReader {
 public:
  static absl::StatusOr<std::unique_ptr<CsvReader>> Open(const std::string& path);
  ~CsvReader();
  CsvReader(const CsvReader&) = delete;
  CsvReader& operator=(const CsvReader&) = delete;

  const CsvHeader& header() const { return *header_; }
  // The next row, nothing at the end.
  absl::StatusOr<std::optional<CsvRow>> Next();
  // How much of the file has been read, 0 to 1.
  double progress() const;
  // Columns whose names are not among `known`.
  std::vector<std::string> UnknownColumns(const std::vector<std::string>& known) const;

 private:
  struct RawRow {
    std::size_t line;
    std::vector<std::string> cells;
  };
  explicit CsvReader(std::string path);
  absl::Status ReadHeader();
  absl::StatusOr<std::optional<RawRow>> NextRaw();
  absl::Status FeedLine();
  absl::Status Bad(std::size_t line, std::string_view what) const;
  static void OnCell(void* bytes, std::size_t size, void* reader);
  static void OnRow(int terminator, void* reader);

  const std::string path_;
  std::ifstream file_;
  std::uintmax_t size_bytes_ = 0;
  std::uintmax_t read_bytes_ = 0;
  bool at_end_ = false;
  std::size_t line_ = 0;
  csv_parser parser_{};
  std::vector<std::string> cells_;
  std::deque<RawRow> rows_;
  std::optional<CsvHeader> header_;
};

}  // namespace derms::dermsctl
