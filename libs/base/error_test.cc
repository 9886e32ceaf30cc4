#include "libs/base/error.h"

#include <gtest/gtest.h>

namespace derms::base {
namespace {

TEST(Error, CarriesReasonFieldsAndMetadata) {
  const absl::Status status = InvalidArgument("INVALID_CAPACITY", "capacity is too large; register at most 30000 kW")
                                  .Field("capacity_kw", "must be at most 30000")
                                  .Metadata("limit_kw", "30000");
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(ReasonOf(status), "INVALID_CAPACITY");
  ASSERT_EQ(ViolationsOf(status).size(), 1u);
  EXPECT_EQ(ViolationsOf(status)[0].field, "capacity_kw");
  EXPECT_EQ(ViolationsOf(status)[0].description, "must be at most 30000");
  ASSERT_EQ(MetadataOf(status).size(), 1u);
  EXPECT_EQ(MetadataOf(status)[0].second, "30000");
}

TEST(Error, CallerTextCannotForgeAnotherViolation) {
  const absl::Status status = InvalidArgument("R", "m").Field("a",
                                                              "evil\x1e"
                                                              "b\x1f"
                                                              "forged");
  EXPECT_EQ(ViolationsOf(status).size(), 1u);
}

TEST(Error, ForeignStatusHasNoReason) {
  EXPECT_EQ(ReasonOf(absl::InternalError("x")), "");
}

TEST(Violations, ReportsAllAtOnce) {
  Violations violations;
  EXPECT_TRUE(violations.ToStatus().ok());
  violations.Add("der_id", "must not be empty");
  violations.Add("capacity_kw", "must be positive");
  const absl::Status status = violations.ToStatus();
  EXPECT_EQ(ReasonOf(status), "INVALID_REQUEST");
  EXPECT_EQ(ViolationsOf(status).size(), 2u);
  EXPECT_EQ(status.message(), "der_id: must not be empty (and 1 more)");
}

}  // namespace
}  // namespace derms::base
