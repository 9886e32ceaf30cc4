#include "services/optimizer/carbon_handlers.h"

#include <gmock/gmock.h>

#include <algorithm>

#include "libs/base/error.h"
#include "libs/server/testing/mock_queries.h"
#include "libs/server/testing/test_fleet.h"
#include "libs/wire/convert_time.h"
#include "services/optimizer/run_json.h"

namespace derms::optimizer {
namespace {

using domain::DerType;
using domain::Role;
using server::testing::CallAs;
using server::testing::Operator;
using server::testing::Owner;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Invoke;
using ::testing::SizeIs;

constexpr char kRun[] = "0190a8f2-0000-7000-8000-000000000001";
const absl::Time kStart = absl::FromUnixSeconds(1594843200);
constexpr absl::Duration kHour = absl::Hours(1);

// A run of two hours with three suns of two owners and a battery; the store answers as its SQL would.
class CarbonHandlersTest : public ::testing::Test {
 protected:
  CarbonHandlersTest() {
    ON_CALL(queries_, GetRun).WillByDefault(Invoke([this](std::string_view id, absl::Time) {
      return id == kRun ? std::optional(Stored()) : std::nullopt;
    }));
    ON_CALL(queries_, LoadSeries).WillByDefault(Invoke(this, &CarbonHandlersTest::Load));
    ON_CALL(queries_, ListRunSchedules).WillByDefault(Invoke(this, &CarbonHandlersTest::List));
    run_.set_run_id(kRun);
    run_.set_region_id("CA");
    run_.set_state(v1::RUN_STATE_OPTIMAL);
    *run_.mutable_starts_at() = wire::ToProto(kStart);
    *run_.mutable_series_starts_at() = wire::ToProto(kStart);
    *run_.mutable_interval() = wire::ToProto(kHour);
    run_.set_interval_count(2);
    run_.set_carbon_series_id("co2");
    for (const double import_kw : {90, 0}) run_.add_intervals()->set_import_kw(import_kw);
    series_["co2"] = {"co2", domain::SeriesKind::kCarbonKgPerKwh, kStart, kHour, {0.5, 0.2}};
    Add("BAT-1", "owner-1", DerType::kBattery, {-10, 0}, {60, 60});
    Add("SUN-1", "owner-1", DerType::kSolar, {10, 0});
    Add("SUN-2", "owner-2", DerType::kSolar, {0, 10});
    Add("SUN-3", "owner-2", DerType::kSolar, {0, 20});
  }

  void Add(const std::string& id, const std::string& owner, DerType type, std::vector<double> power_kw,
           std::vector<double> energy = {}) {
    domain::Der der = server::testing::BatteryOf(id, owner);
    der.type = type;
    der.parameters = {};
    if (type == DerType::kBattery) der.parameters.charge_efficiency = 1;
    fleet_.PutDer(der);
    schedules_.push_back({der, std::move(power_kw), std::move(energy)});
  }
  domain::Run Stored() const {
    domain::Run stored;
    stored.run_id = kRun;
    stored.region_id = "CA";
    stored.state = static_cast<domain::RunState>(run_.state());
    stored.detail_json = RunToJson(run_);
    return stored;
  }
  absl::StatusOr<std::vector<domain::SeriesPiece>> Load(const std::vector<std::string>& ids, absl::Time from,
                                                        absl::Time, absl::Time) {
    loaded_from_ = from;
    std::vector<domain::SeriesPiece> pieces;
    if (const auto found = series_.find(ids[0]); found != series_.end()) pieces.push_back(found->second);
    return pieces;
  }
  absl::StatusOr<std::vector<store::DerSchedule>> List(const store::ScheduleFilter& filter, std::string_view after,
                                                       std::size_t limit, absl::Time) {
    std::vector<store::DerSchedule> found;
    for (const store::DerSchedule& schedule : schedules_) {
      const domain::Der& der = schedule.der;
      const bool wanted = der.der_id > after && (!filter.der_id || *filter.der_id == der.der_id) &&
                          (!filter.owner_id || *filter.owner_id == der.owner_id) &&
                          (filter.region_ids.empty() ||
                           std::count(filter.region_ids.begin(), filter.region_ids.end(), der.region_id) > 0);
      if (wanted && found.size() < limit) found.push_back(schedule);
    }
    return found;
  }
  absl::StatusOr<v1::GetScheduleCarbonResponse> Ask(v1::GetScheduleCarbonRequest request = {},
                                                    domain::Caller caller = Operator()) {
    if (request.run_id().empty()) request.set_run_id(kRun);
    server::Call call = CallAs(std::move(caller), {Role::kOwner, Role::kOperator, Role::kAdmin});
    return handlers_.GetScheduleCarbon(call, request);
  }
  static std::vector<std::string> Ids(const v1::GetScheduleCarbonResponse& response) {
    std::vector<std::string> ids;
    for (const auto& row : response.rows()) ids.push_back(row.der_id().empty() ? row.owner_id() : row.der_id());
    return ids;
  }

  server::testing::TestFleet fleet_;
  ::testing::NiceMock<server::testing::MockQueries> queries_;
  v1::OptimizationRun run_;
  std::map<std::string, domain::SeriesPiece> series_;
  std::vector<store::DerSchedule> schedules_;
  absl::Time loaded_from_;
  const CarbonHandlers handlers_{fleet_, queries_};
};

TEST_F(CarbonHandlersTest, AccountsEveryDerAndTheTotalAndSaysHow) {
  const auto found = Ask();
  ASSERT_TRUE(found.ok()) << found.status();
  EXPECT_THAT(Ids(*found), ElementsAre("BAT-1", "SUN-1", "SUN-2", "SUN-3"));
  EXPECT_DOUBLE_EQ(found->rows(0).stored_at_begin_kwh(), 50);
  EXPECT_DOUBLE_EQ(found->rows(0).stored_change_kg(), 5);
  EXPECT_DOUBLE_EQ(found->rows(1).avoided_kg(), 5);
  EXPECT_DOUBLE_EQ(found->total().avoided_kg(), 5 + 2 + 4);
  EXPECT_EQ(found->total().der_count(), 4);
  EXPECT_THAT(found->grid_kg_per_kwh(), ElementsAre(0.5, 0.2));
  EXPECT_EQ(found->intensity_series_id(), "co2");
  EXPECT_EQ(found->basis(), v1::CARBON_BASIS_MARGINAL);
  EXPECT_EQ(found->scope(), v1::CARBON_SCOPE_DIRECT);
  EXPECT_THAT(found->method(), HasSubstr("marginal"));
  EXPECT_THAT(found->assumptions(), Contains("co2 is of the margin: the request does not say what it is"));
  EXPECT_THAT(found->assumptions(), Contains("3 SOLAR DERs declare no emissions and count as 0 kg/kWh"));
  EXPECT_THAT(found->assumptions(), Contains("what 1 BATTERY DER held at the begin counts as 0.35844 kg/kWh"));
}

TEST_F(CarbonHandlersTest, PagesGoOnAfterTheLastRowAndHaveTheTotalOnce) {
  v1::GetScheduleCarbonRequest request;
  request.set_run_id(kRun);
  request.set_page_size(3);
  const auto first = Ask(request);
  ASSERT_TRUE(first.ok());
  EXPECT_THAT(Ids(*first), ElementsAre("BAT-1", "SUN-1", "SUN-2"));
  EXPECT_EQ(first->total().der_count(), 4);
  request.set_page_token(first->next_page_token());
  const auto second = Ask(request);
  ASSERT_TRUE(second.ok()) << second.status();
  EXPECT_THAT(Ids(*second), ElementsAre("SUN-3"));
  EXPECT_FALSE(second->has_total());
  EXPECT_EQ(second->next_page_token(), "");
  request.set_scope(v1::CARBON_SCOPE_LIFE_CYCLE);
  EXPECT_EQ(base::ReasonOf(Ask(request).status()), "INVALID_PAGE_TOKEN") << "another account";
}

TEST_F(CarbonHandlersTest, OwnersAreSumsAndSeeOnlyTheirOwn) {
  v1::GetScheduleCarbonRequest request;
  request.set_grouping(v1::CARBON_GROUPING_OWNER);
  request.set_page_size(1);
  const auto all = Ask(request);
  ASSERT_TRUE(all.ok());
  EXPECT_THAT(Ids(*all), ElementsAre("owner-1"));
  request.set_run_id(kRun);
  request.set_page_token(all->next_page_token());
  EXPECT_THAT(Ids(*Ask(request)), ElementsAre("owner-2"));
  request.clear_page_token();
  const auto own = Ask(request, Owner("owner-2"));
  ASSERT_TRUE(own.ok());
  EXPECT_THAT(Ids(*own), ElementsAre("owner-2"));
  EXPECT_EQ(own->total().der_count(), 2);
  EXPECT_DOUBLE_EQ(own->total().avoided_kg(), 6);
  request.set_owner_id("owner-1");
  EXPECT_EQ(base::ReasonOf(Ask(request, Owner("owner-2")).status()), "UNAUTHORIZED");
  v1::GetScheduleCarbonRequest foreign;
  foreign.set_der_id("SUN-1");
  EXPECT_EQ(base::ReasonOf(Ask(foreign, Owner("owner-2")).status()), "UNAUTHORIZED");
}

TEST_F(CarbonHandlersTest, FiltersNarrowTheTotalToo) {
  v1::GetScheduleCarbonRequest request;
  request.set_owner_id("owner-1");
  EXPECT_EQ(Ask(request)->total().der_count(), 2);
  request.set_der_id("SUN-1");
  EXPECT_THAT(Ids(*Ask(request)), ElementsAre("SUN-1"));
  request.Clear();
  request.set_region_id("SOUTH");
  EXPECT_EQ(Ask(request)->total().der_count(), 0);
  EXPECT_EQ(Ask(request, Operator({"SOUTH"}))->total().der_count(), 0);
  request.set_region_id("NORTH");
  EXPECT_EQ(base::ReasonOf(Ask(request, Operator({"SOUTH"})).status()), "UNAUTHORIZED");
  request.set_region_id("MOON");
  EXPECT_EQ(base::ReasonOf(Ask(request).status()), "REGION_NOT_FOUND");
}

TEST_F(CarbonHandlersTest, TheMixIsOfAllDersWhoeverAsks) {
  v1::GetScheduleCarbonRequest request;
  request.set_intake(v1::CARBON_INTAKE_AREA_MIX);
  request.set_der_id("BAT-1");
  const auto found = Ask(request, Owner("owner-1"));
  ASSERT_TRUE(found.ok()) << found.status();
  EXPECT_THAT(found->intake_kg_per_kwh(), ElementsAre(0.45, 0)) << "90 kW at 0.5 with 10 kW of sun; then sun alone";
  EXPECT_DOUBLE_EQ(found->rows(0).stored_change_kg(), 4.5);
  EXPECT_THAT(found->method(), HasSubstr("the area's mix"));
}

TEST_F(CarbonHandlersTest, TheIntensityIsReadWhereTheRunReadItsSeries) {
  *run_.mutable_series_starts_at() = wire::ToProto(kStart - 24 * kHour);
  series_["co2"].starts_at = kStart - 24 * kHour;
  ASSERT_TRUE(Ask().ok());
  EXPECT_EQ(loaded_from_, kStart - 24 * kHour);
  run_.clear_series_starts_at();
  series_["co2"].starts_at = kStart;
  EXPECT_THAT(Ask()->assumptions(), Contains(HasSubstr("does not tell where it read its series")));
}

TEST_F(CarbonHandlersTest, ANamedSeriesWins) {
  series_["average"] = {"average", domain::SeriesKind::kCarbonKgPerKwh, kStart, kHour, {1, 1}};
  v1::GetScheduleCarbonRequest request;
  request.set_intensity_series_id("average");
  request.set_basis(v1::CARBON_BASIS_AVERAGE);
  const auto found = Ask(request);
  ASSERT_TRUE(found.ok());
  EXPECT_EQ(found->total().displaced_kg(), 40);
  EXPECT_THAT(found->method(), HasSubstr("average intensity"));
  series_["price"] = {"price", domain::SeriesKind::kPriceUsdPerKwh, kStart, kHour, {1, 1}};
  request.set_intensity_series_id("price");
  EXPECT_EQ(base::ReasonOf(Ask(request).status()), "INVALID_REQUEST");
  request.set_intensity_series_id("nothing");
  EXPECT_EQ(base::ReasonOf(Ask(request).status()), "SERIES_MISSING");
}

TEST_F(CarbonHandlersTest, RefusesWhatHasNoScheduleOrNoIntensity) {
  v1::GetScheduleCarbonRequest request;
  request.set_run_id("0190a8f2-0000-7000-8000-000000000002");
  EXPECT_EQ(base::ReasonOf(Ask(request).status()), "RUN_NOT_FOUND");
  run_.clear_carbon_series_id();
  EXPECT_EQ(base::ReasonOf(Ask().status()), "SERIES_MISSING") << "neither the run nor its area names one";
  run_.set_state(v1::RUN_STATE_FAILED);
  const auto refused = Ask();
  EXPECT_EQ(base::ReasonOf(refused.status()), "RUN_WITHOUT_SCHEDULE");
  EXPECT_THAT(std::string(refused.status().message()), HasSubstr("is FAILED"));
}

}  // namespace
}  // namespace derms::optimizer
