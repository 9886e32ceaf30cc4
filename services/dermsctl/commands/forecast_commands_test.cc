// The forecast commands against a real gRPC server over TLS that answers what the test can recognise.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "derms/v1/series.grpc.pb.h"
#include "libs/client/testing/tls_server.h"
#include "services/dermsctl/testing/run_dermsctl.h"

namespace derms::dermsctl {
namespace {

using client::testing::WriteTemporaryFile;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::Outcome;

class Forecasts final : public v1::SeriesService::Service {
 public:
  grpc::Status PredictAvailability(grpc::ServerContext*, const v1::PredictAvailabilityRequest* request,
                                   v1::PredictAvailabilityResponse* response) override {
    asked = *request;
    response->set_der_id(request->der_id());
    response->mutable_interval()->set_seconds(3600);
    for (const double share : {0.25, 0.5}) {
      v1::ForecastPoint& point = *response->add_points();
      point.mutable_starts_at()->set_seconds(1'594'800'000 + 3600 * response->points_size());
      point.set_p50(share);
    }
    response->set_method("by hand");
    response->add_assumptions("tilt 20 degrees");
    response->add_series_ids("NORTH.ghi_w_per_m2");
    return grpc::Status::OK;
  }
  grpc::Status BacktestForecast(grpc::ServerContext*, const v1::BacktestForecastRequest* request,
                                v1::BacktestForecastResponse* response) override {
    tested = *request;
    response->set_value_count(672);
    response->set_skill(0.411);
    response->mutable_forecast()->set_coverage(0.795);
    response->mutable_forecast()->set_mean_absolute_error(2248);
    return grpc::Status::OK;
  }
  grpc::Status PutSeries(grpc::ServerContext*, const v1::PutSeriesRequest* request, v1::PutSeriesResponse*) override {
    stored = request->series();
    return grpc::Status::OK;
  }

  v1::PredictAvailabilityRequest asked;
  v1::BacktestForecastRequest tested;
  v1::Series stored;
};

class ForecastCommandsTest : public ::testing::Test {
 protected:
  Outcome Dermsctl(std::vector<std::string> words) {
    words.insert(words.end(), {"--optimizer", server_.address(), "--ca", server_.ca_file()});
    return testing::RunDermsctl(words);
  }

  Forecasts forecasts_;
  client::testing::TlsServer server_{&forecasts_};
};

TEST_F(ForecastCommandsTest, AvailabilityIsShownWithWhatItWasMadeOf) {
  const Outcome outcome = Dermsctl({"forecast", "availability", "SOLAR-01", "--utc-offset", "-08:00"});
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_THAT(outcome.out, HasSubstr("2020-07-15T01:00:00-08:00"));
  EXPECT_THAT(outcome.out, HasSubstr("0.2500"));
  EXPECT_THAT(outcome.out,
              HasSubstr("method: by hand\nplant: of defaults\nassumed: tilt 20 degrees\nfrom: NORTH.ghi_w_per_m2\n"));
}

TEST_F(ForecastCommandsTest, ThePlantComesFromAFileAndThePointsGoIntoASeries) {
  const std::string plant = WriteTemporaryFile("plant.json", R"({"wind": {"hubHeightM": 120}})");
  const Outcome outcome = Dermsctl({"forecast", "availability", "WIND-01", "--plant", plant, "--put", "tomorrow",
                                    "--count", "2", "--interval", "1h", "--measured", "wind_a"});
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_EQ(forecasts_.asked.wind().hub_height_m(), 120);
  EXPECT_EQ(forecasts_.asked.der_id(), "WIND-01");
  EXPECT_EQ(forecasts_.asked.interval_count(), 2);
  EXPECT_EQ(forecasts_.asked.measured_series_id(), "wind_a");
  EXPECT_EQ(forecasts_.stored.series_id(), "tomorrow");
  EXPECT_EQ(forecasts_.stored.kind(), v1::SERIES_KIND_AVAILABILITY_SHARE);
  EXPECT_THAT(forecasts_.stored.values(), ElementsAre(0.25, 0.5));
}

TEST_F(ForecastCommandsTest, APlantThatIsNotUnderstoodIsNotSent) {
  const std::string plant = WriteTemporaryFile("plant.json", R"({"wind": {"hub": 120}})");
  const Outcome outcome = Dermsctl({"forecast", "availability", "WIND-01", "--plant", plant});
  EXPECT_EQ(outcome.exit_code, 2);
  EXPECT_THAT(outcome.err, HasSubstr("INVALID_JSON"));
  EXPECT_TRUE(forecasts_.asked.der_id().empty());
}

TEST_F(ForecastCommandsTest, BacktestComparesWithPersistence) {
  const Outcome outcome =
      Dermsctl({"forecast", "backtest", "load_kw", "--from", "2020-07-15T00:00", "--utc-offset", "-08:00"});
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_THAT(outcome.out, HasSubstr("2,248.0000"));
  EXPECT_THAT(outcome.out, HasSubstr("79.5"));
  EXPECT_THAT(outcome.out, HasSubstr("skill 41.1 % over 672 values"));
  EXPECT_EQ(forecasts_.tested.test_from().seconds(), 1'594'800'000);
  EXPECT_FALSE(forecasts_.tested.has_test_until());
}

}  // namespace
}  // namespace derms::dermsctl
