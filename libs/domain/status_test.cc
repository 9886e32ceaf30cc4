#include "libs/domain/status.h"

#include <gtest/gtest.h>

#include "libs/base/error.h"

namespace derms::domain {
namespace {

using enum DerStatus;

TEST(DeriveStatus, MaintenanceWinsOverOrdersAndOrdersOverSchedules) {
  EXPECT_EQ(DeriveStatus(kMaintenance, true, true), kMaintenance);
  EXPECT_EQ(DeriveStatus(kOnline, true, true), kEmergency);
  EXPECT_EQ(DeriveStatus(kOffline, true, false), kEmergency);
  EXPECT_EQ(DeriveStatus(kOnline, false, true), kOptimized);
  EXPECT_EQ(DeriveStatus(kOffline, false, true), kOffline);
  EXPECT_EQ(DeriveStatus(kOnline, false, false), kOnline);
}

// The stored status that stands behind a derived one.
DerStatus StoredOf(DerStatus current) {
  return current == kEmergency || current == kOptimized ? kOnline : current;
}

absl::Status Try(DerStatus current, DerStatus to) {
  Der der;
  der.der_id = "SOLAR-01";
  der.stored_status = StoredOf(current);
  return CheckTransition(der, current, to);
}

TEST(CheckTransition, IsThisTable) {
  struct Row {
    DerStatus from;
    bool offline, online, maintenance;
  };
  constexpr Row kTable[] = {
      {kOffline, true, true, true},      {kOnline, true, true, true},      {kOptimized, true, true, true},
      {kMaintenance, true, false, true}, {kEmergency, false, true, false},  // ONLINE is what is stored: no change
  };
  for (const Row& row : kTable) {
    EXPECT_EQ(Try(row.from, kOffline).ok(), row.offline) << DerStatusName(row.from);
    EXPECT_EQ(Try(row.from, kOnline).ok(), row.online) << DerStatusName(row.from);
    EXPECT_EQ(Try(row.from, kMaintenance).ok(), row.maintenance) << DerStatusName(row.from);
    EXPECT_EQ(base::ReasonOf(Try(row.from, kEmergency)), "INVALID_STATUS_TRANSITION");
    EXPECT_EQ(base::ReasonOf(Try(row.from, kOptimized)), "INVALID_STATUS_TRANSITION");
  }
}

TEST(CheckTransition, SaysWhatIsAllowed) {
  const absl::Status refused = Try(kMaintenance, kOnline);
  EXPECT_EQ(refused.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(refused.message(), "DER SOLAR-01 cannot go from MAINTENANCE to ONLINE; allowed now: OFFLINE");
  const std::vector<std::pair<std::string, std::string>> expected = {
      {"from", "MAINTENANCE"}, {"to", "ONLINE"}, {"allowed", "OFFLINE"}};
  EXPECT_EQ(base::MetadataOf(refused), expected);
}

TEST(CheckTransition, DerivedStatusesNameTheMethodThatLeadsThere) {
  EXPECT_NE(Try(kOnline, kEmergency).message().find("EmergencyService.AllocateEmergency"), absl::string_view::npos);
  EXPECT_NE(Try(kOnline, kOptimized).message().find("OptimizerService.OptimizeResources"), absl::string_view::npos);
  EXPECT_NE(Try(kEmergency, kOffline).message().find("ReleaseEmergency"), absl::string_view::npos);
}

TEST(CheckTransition, RetiredDersDoNotChange) {
  Der der;
  der.lifecycle = Lifecycle::kRetired;
  EXPECT_EQ(base::ReasonOf(CheckTransition(der, kOffline, kOnline)), "DER_RETIRED");
  EXPECT_EQ(base::ReasonOf(CheckRetire(der, kOffline)), "DER_RETIRED");
}

TEST(CheckRetire, OnlyFromOffline) {
  const Der der;
  EXPECT_TRUE(CheckRetire(der, kOffline).ok());
  for (const DerStatus status : {kOnline, kMaintenance, kEmergency, kOptimized}) {
    EXPECT_EQ(base::ReasonOf(CheckRetire(der, status)), "DER_NOT_OFFLINE");
  }
}

}  // namespace
}  // namespace derms::domain
