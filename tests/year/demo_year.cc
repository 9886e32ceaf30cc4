#include "tests/year/demo_year.h"

#include <algorithm>
#include <utility>

#include "libs/wire/convert_der.h"
#include "services/dermsctl/input/csv.h"
#include "services/dermsctl/input/fleet_csv.h"
#include "services/dermsctl/input/series_csv.h"

namespace derms::tests {
namespace {

using dermsctl::CsvReader;
using dermsctl::CsvRow;

constexpr char kFolder[] = "deploy/demo/";
constexpr std::size_t kManyValues = 1'000'000;

// visit(row) -> Status
template <typename Visit>
absl::Status ForEachRow(const char* file, const Visit& visit) {
  ASSIGN_OR_RETURN(const auto reader, CsvReader::Open(std::string(kFolder) + file));
  while (true) {
    ASSIGN_OR_RETURN(const auto row, reader->Next());
    if (!row) return absl::OkStatus();
    RETURN_IF_ERROR(visit(*row));
  }
}

}  // namespace

absl::StatusOr<DemoYear> DemoYear::Read() {
  DemoYear year;
  RETURN_IF_ERROR(year.ReadFleet());
  RETURN_IF_ERROR(year.ReadRegions());
  RETURN_IF_ERROR(year.ReadSeries());
  return year;
}

absl::Status DemoYear::ReadFleet() {
  return ForEachRow("fleet.csv", [&](const CsvRow& row) -> absl::Status {
    ASSIGN_OR_RETURN(const auto request, dermsctl::ReadFleetRow(row, {}));
    fleet_.push_back({wire::FromProto(request, request.owner_id(), absl::UnixEpoch()), domain::DerStatus::kOnline, {}});
    return absl::OkStatus();
  });
}

absl::Status DemoYear::ReadRegions() {
  std::vector<domain::Region> regions;
  RETURN_IF_ERROR(ForEachRow("regions.csv", [&](const CsvRow& row) {
    base::Violations violations;
    domain::Region region;
    region.region_id = row.Text({"region_id"}).value_or("");
    region.parent_region_id = row.Text({"parent_region_id"}).value_or("");
    region.import_limit_kw = row.Number({"import_limit_kw"}, violations);
    region.export_limit_kw = row.Number({"export_limit_kw"}, violations);
    region.load_series_id = row.Text({"load_series_id"}).value_or("");
    region.import_price_series_id = row.Text({"import_price_series_id"}).value_or("");
    region.carbon_series_id = row.Text({"carbon_series_id"}).value_or("");
    regions.push_back(std::move(region));
    return violations.ToStatus();
  }));
  tree_ = domain::RegionTree(std::move(regions));
  return absl::OkStatus();
}

absl::Status DemoYear::ReadSeries() {
  ASSIGN_OR_RETURN(const auto reader, CsvReader::Open(std::string(kFolder) + "series_2020.csv"));
  const absl::TimeZone zone = absl::FixedTimeZone(-8 * 3600);
  ASSIGN_OR_RETURN(auto file, dermsctl::ReadSeriesFile(*reader, zone, std::nullopt, kManyValues));
  for (auto& run : file.runs) {
    const std::string& id = file.ids[run.column];
    begin_ = run.starts_at;
    days_ = static_cast<int>(run.values.size()) / kHoursOfDay;
    series_[id] = {id, domain::SeriesKind::kLoadKw, run.starts_at, file.interval, std::move(run.values)};
  }
  return absl::OkStatus();
}

optimizer::Horizon DemoYear::HorizonOf(int day, int days) const {
  const absl::Time starts_at = begin_ + absl::Hours(kHoursOfDay) * day;
  return {starts_at, absl::Hours(1), kHoursOfDay * days, starts_at};
}

optimizer::ProblemInput DemoYear::InputOf(int day, std::vector<optimizer::FleetMember> fleet, int days) const {
  optimizer::ProblemInput input;
  input.regions = regions();
  input.fleet = std::move(fleet);
  input.series = series_;
  input.horizon = HorizonOf(day, days);
  input.now = input.horizon.starts_at;
  return input;
}

void HandOver(const optimizer::BuiltProblem& built, const dispatch::Solution& solution, absl::Time when,
              std::vector<optimizer::FleetMember>& fleet) {
  for (std::size_t d = 0; d < built.der_ids.size(); ++d) {
    const auto member = std::find_if(fleet.begin(), fleet.end(), [&](const optimizer::FleetMember& of) {
      return of.der.der_id == built.der_ids[d];
    });
    const dispatch::DeviceSchedule& schedule = solution.devices[d];
    domain::Reading reading{.der_id = built.der_ids[d], .measured_at = when, .power_kw = schedule.power_kw.back()};
    if (!schedule.state_of_charge_kwh.empty()) reading.state_of_charge_kwh = schedule.state_of_charge_kwh.back();
    member->reading = reading;
  }
}

}  // namespace derms::tests
