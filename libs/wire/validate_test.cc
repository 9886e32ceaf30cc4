#include "libs/wire/validate.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "absl/strings/str_cat.h"
#include "derms/v1/access.pb.h"
#include "derms/v1/emergency.pb.h"
#include "derms/v1/optimizer.pb.h"
#include "derms/v1/registry.pb.h"
#include "derms/v1/series.pb.h"
#include "derms/v1/telemetry.pb.h"
#include "libs/base/error.h"

namespace derms::wire {
namespace {

v1::RegisterDerRequest Solar() {
  v1::RegisterDerRequest request;
  request.set_der_id("SOLAR-01");
  request.set_type(v1::DER_TYPE_SOLAR);
  request.set_capacity_kw(1000);
  request.mutable_location()->set_latitude_deg(38);
  request.set_region_id("NORTH");
  return request;
}

std::vector<std::string> FieldsOf(const absl::Status& status) {
  std::vector<std::string> fields;
  for (const auto& violation : base::ViolationsOf(status)) fields.push_back(violation.field);
  return fields;
}

using Fields = std::vector<std::string>;

TEST(Validator, AcceptsAGoodRequest) {
  EXPECT_TRUE(Validator().Check(Solar()).ok());
}

TEST(Validator, ReportsEverythingThatIsMissing) {
  const absl::Status refused = Validator().Check(v1::RegisterDerRequest());
  EXPECT_EQ(refused.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(FieldsOf(refused), (Fields{"der_id", "type", "capacity_kw", "location", "region_id"}));
  EXPECT_EQ(base::ReasonOf(refused), "INVALID_DER_ID") << "the reason of the first, which is the message";
  EXPECT_EQ(refused.message().find("der_id: must be 3 to 64 characters"), 0u) << refused;
}

TEST(Validator, ReasonFollowsTheFirstField) {
  v1::RegisterDerRequest request = Solar();
  request.set_capacity_kw(-1);
  EXPECT_EQ(base::ReasonOf(Validator().Check(request)), "INVALID_CAPACITY");
  EXPECT_EQ(Validator().Check(request).message(), "capacity_kw: must be more than 0 and at most 1e+06; it is -1");
  request = Solar();
  request.set_region_id("no region");
  EXPECT_EQ(base::ReasonOf(Validator().Check(request)), "INVALID_REQUEST");
  request.set_der_id("ALL_DERS");
  EXPECT_EQ(base::ReasonOf(Validator().Check(request)), "INVALID_DER_ID");
}

TEST(Validator, PathsLeadToTheField) {
  v1::RegisterDersRequest request;
  for (int i = 0; i < 4; ++i) *request.add_items() = Solar();
  request.mutable_items(3)->mutable_location()->set_latitude_deg(90.5);
  request.mutable_items(2)->mutable_parameters()->set_charge_efficiency(std::nan(""));
  EXPECT_EQ(FieldsOf(Validator().Check(request)),
            (Fields{"items[2].parameters.charge_efficiency", "items[3].location.latitude_deg"}));
}

TEST(Validator, EnvelopeLeavesItemsToThemselves) {
  v1::RegisterDersRequest request;
  EXPECT_FALSE(Validator().CheckEnvelope(request).ok()) << "no item";
  request.add_items();
  EXPECT_TRUE(Validator().CheckEnvelope(request).ok());
  EXPECT_FALSE(Validator().Check(request).ok());
  for (int i = 0; i < 1000; ++i) request.add_items();
  EXPECT_EQ(FieldsOf(Validator().CheckEnvelope(request)), Fields{"items"});
}

TEST(Validator, ReportsAtMostAHundred) {
  v1::RegisterDersRequest request;
  for (int i = 0; i < 1000; ++i) request.add_items();
  EXPECT_EQ(FieldsOf(Validator().Check(request)).size(), 100u);
}

TEST(Validator, ZeroIsNotAbsent) {
  v1::AllocateEmergencyRequest request;
  request.set_der_id("ALL_DERS");
  request.set_reason("first line\nsecond line");
  request.mutable_duration()->set_seconds(60);
  EXPECT_EQ(FieldsOf(Validator().Check(request)), Fields{"power_kw"});
  request.set_power_kw(0);
  EXPECT_TRUE(Validator().Check(request).ok());
}

TEST(Validator, DurationsAreNormalisedAndInRange) {
  v1::AllocateEmergencyRequest request;
  request.set_der_id("ALL_DERS");
  request.set_reason("drill");
  request.set_power_kw(0);
  struct Case {
    std::int64_t seconds;
    std::int32_t nanos;
    bool good;
  };
  constexpr std::int64_t kMin = std::numeric_limits<std::int64_t>::min(),
                         kMax = std::numeric_limits<std::int64_t>::max();
  for (const Case& c : {Case{1, 0, true}, Case{86400, 0, true}, Case{86400, 1, false}, Case{0, 999999999, false},
                        Case{60, -1, false}, Case{1, 1000000000, false}, Case{-1, 0, false}, Case{kMin, 0, false},
                        Case{kMax, 0, false}, Case{60, std::numeric_limits<std::int32_t>::min(), false}}) {
    request.mutable_duration()->set_seconds(c.seconds);
    request.mutable_duration()->set_nanos(c.nanos);
    EXPECT_EQ(Validator().Check(request).ok(), c.good) << c.seconds << "s " << c.nanos;
  }
}

TEST(Validator, TimesAreOfTheYears1To9999) {
  v1::ReportReadingRequest request;
  request.mutable_reading()->set_der_id("SOLAR-01");
  auto& time = *request.mutable_reading()->mutable_measured_at();
  for (const auto& [seconds, nanos, good] : {std::tuple{0LL, 0, true},
                                             {-62135596800LL, 0, true},
                                             {-62135596801LL, 0, false},
                                             {253402300799LL, 999999999, true},
                                             {253402300800LL, 0, false},
                                             {0LL, -1, false},
                                             {0LL, 1000000000, false}}) {
    time.set_seconds(seconds);
    time.set_nanos(nanos);
    EXPECT_EQ(Validator().Check(request).ok(), good) << seconds << " " << nanos;
  }
}

TEST(Validator, ListsOfEnumsAndTextNameSomething) {
  v1::ListDersRequest request;
  request.add_types(v1::DER_TYPE_UNSPECIFIED);
  request.add_statuses(static_cast<v1::DerStatus>(77));
  EXPECT_EQ(FieldsOf(Validator().Check(request)), (Fields{"types[0]", "statuses[0]"}));
  v1::GrantRoleRequest grant;
  grant.set_subject("op");
  grant.set_role(v1::ROLE_OPERATOR);
  grant.add_region_ids("");
  EXPECT_EQ(FieldsOf(Validator().Check(grant)), Fields{"region_ids[0]"});
}

TEST(Validator, TextIsBoundedAndHarmless) {
  v1::RecordMaintenanceRequest request;
  request.set_der_id("SOLAR-01");
  request.set_kind(v1::MAINTENANCE_KIND_PREVENTIVE);
  request.mutable_starts_at();
  request.mutable_ends_at();
  request.set_notes(std::string(4000, 'n'));
  request.set_crew(std::string(256, 'c'));
  EXPECT_TRUE(Validator().Check(request).ok());
  request.set_notes(std::string(4001, 'n'));
  request.set_crew("crew\nforged log line");
  EXPECT_EQ(FieldsOf(Validator().Check(request)), (Fields{"crew", "notes"}));
  request.set_notes("a\xff");
  EXPECT_EQ(base::ViolationsOf(Validator().Check(request))[1].description, "must be valid UTF-8");
}

TEST(Validator, SqlIsTextWhereTextIsFree) {
  v1::RecordMaintenanceRequest request;
  request.set_der_id("'; DROP TABLE ders; --");
  request.set_kind(v1::MAINTENANCE_KIND_PREVENTIVE);
  request.mutable_starts_at();
  request.mutable_ends_at();
  request.set_notes("'; DROP TABLE ders; --");
  EXPECT_EQ(FieldsOf(Validator().Check(request)), Fields{"der_id"});
}

TEST(Validator, UnknownFieldsAreIgnored) {
  v1::GetDerRequest request;
  ASSERT_TRUE(request.ParseFromString(std::string("\x0a\x08SOLAR-01\xba\x3e\x02hi", 15)));
  EXPECT_TRUE(Validator().Check(request).ok());
}

TEST(Validator, AMessageWithoutRulesIsABugNotAPass) {
  EXPECT_EQ(Validator().Check(v1::GetDerResponse()).code(), absl::StatusCode::kInternal);
}

}  // namespace
}  // namespace derms::wire
