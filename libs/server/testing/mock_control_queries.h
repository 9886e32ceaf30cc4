// The store's reads of the control path, each answered by what a test sets; asked anything else, the test fails.
#pragma once

#include <gmock/gmock.h>

#include <optional>
#include <string_view>
#include <vector>

#include "libs/store/control_queries.h"

namespace derms::server::testing {

class MockControlQueries : public store::ControlQueries {
 public:
  template <typename T>
  using Rows = absl::StatusOr<std::vector<T>>;
  template <typename T>
  using Row = absl::StatusOr<std::optional<T>>;

  MOCK_METHOD(Row<domain::StandingControl>, GetStanding, (domain::StandingKind, std::string_view, absl::Time),
              (override));
  MOCK_METHOD(Rows<domain::StandingControl>, ListStanding,
              (domain::StandingKind, std::optional<absl::Time>, std::string_view, std::size_t, absl::Time), (override));
  MOCK_METHOD(Row<domain::Instruction>, GetInstruction, (base::DerKey, std::string_view, absl::Time), (override));
  MOCK_METHOD(Rows<domain::Instruction>, ListInstructions,
              (const store::InstructionFilter&, const store::InstructionPlace&, absl::Time, std::size_t, absl::Time),
              (override));
  MOCK_METHOD(Rows<domain::EmergencyOrder>, LoadOrders, (const std::vector<std::string>&, absl::Time), (override));
  MOCK_METHOD(absl::StatusOr<store::AskedOfDers>, LoadAsked,
              (const std::vector<base::DerKey>&, absl::Time, absl::Time, absl::Time), (override));
  MOCK_METHOD(absl::StatusOr<std::vector<domain::LimitBreach>>, OpenBreaches, (std::size_t, absl::Time), (override));
};

}  // namespace derms::server::testing
