// The series of the demo year (deploy/demo/series_2020.csv): real load, price, carbon, sun, wind and water of 2020.
#pragma once

#include <string>

#include "libs/domain/records.h"

namespace derms::forecast::testing {

// The column `name`, 8,784 hours from 2020-01-01T00:00-08:00. Fails the test when it is not there.
domain::SeriesPiece DemoSeries(const std::string& name, domain::SeriesKind kind);

}  // namespace derms::forecast::testing
