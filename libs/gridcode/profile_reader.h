// The rows of a profile file, put together. Used by Profile::Parse alone.
#pragma once

#include <set>
#include <utility>

#include "libs/gridcode/csv_text.h"
#include "libs/gridcode/profile.h"

namespace derms::gridcode {

class ProfileReader {
 public:
  explicit ProfileReader(const std::function<const Profile*(std::string_view id)>& base_of) : base_of_(base_of) {}
  absl::StatusOr<Profile> Read(std::string_view csv);

 private:
  struct Row {  // the columns, in their order
    std::string kind, category, name, value, min, max, slope;
    int number = 0;
  };
  absl::Status Take(const Row& row);
  absl::Status TakeProfile(const Row& row);
  absl::Status TakeFigure(const Row& row);
  absl::Status TakeSetting(const Row& row);
  absl::Status TakeBand(const Row& row);
  absl::Status CheckComplete() const;
  absl::Status CheckSettings(const Profile::Rows& rows) const;
  absl::Status CheckBands(const std::vector<RideThroughBand>& bands) const;
  // The rows of `category`: one of all, A, B, I, II, III.
  absl::StatusOr<std::vector<Profile::Rows*>> Categories(const Row& row);

  const std::function<const Profile*(std::string_view id)>& base_of_;
  Profile profile_;
  std::set<std::string, std::less<>> band_kinds_;  // seen: what the base has of them is gone
};

}  // namespace derms::gridcode
