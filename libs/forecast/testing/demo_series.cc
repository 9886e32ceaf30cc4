#include "libs/forecast/testing/demo_series.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"

namespace derms::forecast::testing {

domain::SeriesPiece DemoSeries(const std::string& name, domain::SeriesKind kind) {
  std::ifstream file("deploy/demo/series_2020.csv");  // tests run in the root of the repository
  std::string line;
  std::getline(file, line);
  const std::vector<std::string> header = absl::StrSplit(line, ',');
  const auto column = static_cast<std::size_t>(std::find(header.begin(), header.end(), name) - header.begin());
  EXPECT_LT(column, header.size()) << "no column " << name;
  domain::SeriesPiece piece{name, kind, absl::FromUnixSeconds(1577865600), absl::Hours(1), {}};
  while (std::getline(file, line)) {
    const std::vector<std::string> cells = absl::StrSplit(line, ',');
    double value = 0;
    EXPECT_TRUE(column < cells.size() && absl::SimpleAtod(cells[column], &value)) << line;
    piece.values.push_back(value);
  }
  EXPECT_EQ(piece.values.size(), 8784u);
  return piece;
}

}  // namespace derms::forecast::testing
