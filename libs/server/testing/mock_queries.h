// The store's queries, each answered by what a test sets; asked anything else, the test fails.
#pragma once

#include <gmock/gmock.h>

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "libs/store/queries.h"

namespace derms::server::testing {

using TimeKey = std::optional<std::pair<absl::Time, std::string>>;

class MockQueries : public store::Queries {
 public:
  template <typename T>
  using Rows = absl::StatusOr<std::vector<T>>;

  MOCK_METHOD(Rows<domain::Der>, LoadDers, (const std::vector<std::string>&, absl::Time), (override));
  MOCK_METHOD(Rows<domain::MaintenanceRecord>, ListMaintenance, (std::string_view, TimeKey, std::size_t, absl::Time),
              (override));
  MOCK_METHOD(absl::StatusOr<std::optional<domain::GridRecord>>, GetGridRecord, (std::string_view, absl::Time),
              (override));
  MOCK_METHOD(Rows<store::DerGridHours>, LoadGridHours,
              (const std::vector<base::DerKey>&, absl::Time, absl::Time, absl::Time), (override));
  MOCK_METHOD(Rows<store::DerGridSettings>, LoadGridSettings, (const std::vector<base::DerKey>&, absl::Time),
              (override));
  MOCK_METHOD(Rows<store::PrincipalRow>, ListPrincipals, (std::string_view, std::size_t, absl::Time), (override));
  MOCK_METHOD(Rows<store::SeriesInfo>, ListSeries,
              (std::optional<std::string>, std::string_view, std::size_t, absl::Time), (override));
  MOCK_METHOD(Rows<domain::SeriesPiece>, LoadSeries,
              (const std::vector<std::string>&, absl::Time, absl::Time, absl::Time), (override));
  MOCK_METHOD(absl::StatusOr<std::optional<domain::Run>>, GetRun, (std::string_view, absl::Time), (override));
  MOCK_METHOD(Rows<domain::Run>, ListRuns, (const store::RunFilter&, TimeKey, std::size_t, absl::Time), (override));
  MOCK_METHOD(Rows<store::RunningRun>, ListRunningRuns, (absl::Duration, std::size_t, absl::Time), (override));
  MOCK_METHOD(Rows<store::SetPoint>, ListSchedules,
              (const store::ScheduleFilter&, std::string_view, absl::Time, std::size_t, absl::Time), (override));
  MOCK_METHOD(Rows<store::DerSchedule>, ListRunSchedules,
              (const store::ScheduleFilter&, std::string_view, std::size_t, absl::Time), (override));
  MOCK_METHOD(absl::StatusOr<domain::PlannedStates>, LoadPlannedStates,
              (const std::vector<base::DerKey>&, absl::Time, absl::Time, absl::Time, absl::Time), (override));
  MOCK_METHOD(absl::StatusOr<std::optional<domain::OptimizationPolicy>>, GetPolicy, (std::string_view, absl::Time),
              (override));
  MOCK_METHOD(Rows<domain::OptimizationPolicy>, ListPolicies,
              (std::optional<std::string>, std::string_view, std::size_t, absl::Time), (override));
  MOCK_METHOD(Rows<store::PolicyToStep>, DuePolicies, (std::size_t, absl::Time), (override));
  MOCK_METHOD(absl::StatusOr<std::optional<domain::EmergencyOrder>>, GetEmergency, (std::string_view, absl::Time),
              (override));
  MOCK_METHOD(Rows<domain::EmergencyOrder>, ListEmergencies, (bool, TimeKey, std::size_t, absl::Time), (override));
  MOCK_METHOD(Rows<domain::EmergencyOrder>, ListOverdueEmergencies, (std::size_t, absl::Time), (override));
  MOCK_METHOD(Rows<domain::EmergencyOrder>, ListRestoredEmergencies, (std::size_t, absl::Time), (override));
  MOCK_METHOD(Rows<domain::Event>, ReadEvents, (std::int64_t, std::size_t, absl::Time), (override));
  MOCK_METHOD(absl::StatusOr<store::ChainHead>, ReadChainHead, (absl::Time), (override));
  MOCK_METHOD(absl::StatusOr<store::ChainCheck>, VerifyChain,
              (std::int64_t, std::size_t, const std::optional<store::ChainHead>&, absl::Time), (override));
  MOCK_METHOD(absl::StatusOr<std::optional<store::KnownResponse>>, FindResponse,
              (base::DerKey, std::string_view, absl::Time), (override));
};

}  // namespace derms::server::testing
