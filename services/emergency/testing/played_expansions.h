// Expansions for tests without a database: the orders before, and the tally, are what the test sets.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "libs/store/expansion.h"

namespace derms::emergency::testing {

class PlayedExpansions final : public store::Expansions {
 public:
  absl::StatusOr<std::optional<store::Expansion>> Next(absl::Time) override { return std::nullopt; }
  absl::StatusOr<std::vector<domain::EmergencyOrder>> OrdersBefore(const domain::EmergencyOrder&, absl::Time) override {
    ++asked;
    return before;
  }
  absl::StatusOr<std::vector<store::DerName>> Ders(const store::DersInScope&, base::DerKey, std::size_t,
                                                   absl::Time) override {
    return std::vector<store::DerName>();
  }
  absl::StatusOr<store::WrittenSetpoints> Written(const std::vector<base::DerKey>&, const std::vector<std::string>&,
                                                  absl::Time) override {
    return store::WrittenSetpoints();
  }
  absl::StatusOr<std::map<store::DerMoment, domain::ReadingPoint>> LastReadings(const std::vector<store::DerMoment>&,
                                                                                absl::Time) override {
    return std::map<store::DerMoment, domain::ReadingPoint>();
  }
  absl::Status Write(const store::ExpansionStep&, const store::Fence&, absl::Time) override { return absl::OkStatus(); }
  absl::Status WriteLate(const store::ExpansionStep&, const store::Fence&, absl::Time) override {
    return absl::OkStatus();
  }
  absl::StatusOr<store::ExpansionTally> Tally(std::string_view, absl::Time told_by_time, absl::Time) override {
    ++asked;
    told_by = told_by_time;
    return tally;
  }

  std::vector<domain::EmergencyOrder> before;
  absl::StatusOr<store::ExpansionTally> tally;
  absl::Time told_by;
  int asked = 0;
};

}  // namespace derms::emergency::testing
