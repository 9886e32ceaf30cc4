// Cells of a CSV text in memory (libcsv, strict). For small files: profiles and settings.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

namespace derms::gridcode {

struct CsvLine {
  int number = 0;                  // row in the text, from 1; empty rows are left out but counted
  std::vector<std::string> cells;  // without surrounding blanks
};

// INVALID_ARGUMENT INVALID_CSV for a stray quote or a text above 1 MiB. A byte order mark is skipped.
absl::StatusOr<std::vector<CsvLine>> ReadCsv(std::string_view text);

// One row with its line end; cells are quoted where they need it.
std::string CsvRow(const std::vector<std::string>& cells);

}  // namespace derms::gridcode
