#include "services/registry/report_handlers.h"

#include <algorithm>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "libs/base/error.h"
#include "libs/wire/convert_der.h"
#include "libs/wire/convert_time.h"
#include "libs/wire/message_csv.h"
#include "libs/wire/page_token.h"
#include "services/registry/carbon_sums.h"
#include "services/registry/der_lookup.h"
#include "services/registry/report_period.h"
#include "services/registry/report_view.h"

namespace derms::registry {
namespace {

constexpr std::size_t kUsualRows = 1000, kMostRows = 10000;
constexpr std::size_t kDersAtATime = 50000;  // of a total, which the memory of the service bounds

constexpr char kPerformanceMethod[] =
    "From hourly rollups of readings and the history of statuses: availability after IEEE 762 (ONLINE and known by "
    "readings), capacity factor, curtailment against availability series, value at the region's prices, support "
    "against deviations of frequency. Formulas: docs/reports.md.";
constexpr char kHistoryMethod[] =
    "Sums of hourly rollups of readings; a reading holds until the next one, at most 15 minutes. Steps are of UTC.";
constexpr char kCarbonMethod[] =
    "Generated and consumed energy of each hour times the carbon series of the DER's region or of the area around it "
    "(the grid's intensity, as put there: average or marginal). Generators emit generated energy times "
    "carbon_kg_per_kwh of the DER or of its type. Storage emits the weighted average of the carbon that it holds when "
    "it discharges, having taken in energy at the intensity of the hour; what it held at the begin, and energy of "
    "hours without a value, counts as 0.35844 kg/kWh, because nobody knows what it was made of (stored_at_begin_kg, "
    "emitted_of_begin_kg). Hours without a value count neither way for avoided_kg and drawn_kg: carbon_known_share.";

// Adds rows, or in place of them their text.
template <typename Row, typename Rows>
void AddRows(const v1::GetReportRequest& request, const Rows& rows, google::protobuf::RepeatedPtrField<Row>& list,
             std::string& csv) {
  const bool as_text = request.format() == v1::REPORT_FORMAT_CSV;
  if (as_text && request.page_token().empty()) csv = wire::CsvHeader(*Row::descriptor());
  for (const auto& row : rows) {
    if (as_text) {
      csv += wire::CsvLine(ToProto(row));
    } else {
      *list.Add() = ToProto(row);
    }
  }
}

// Cuts the row that was asked for beyond the page; whether there was one.
template <typename Row>
bool Cut(std::vector<Row>& rows, std::size_t page_size) {
  if (rows.size() <= page_size) return false;
  rows.erase(rows.begin() + static_cast<std::ptrdiff_t>(page_size), rows.end());
  return true;
}

const domain::Der& DerOf(const store::DerPerformance& row) {
  return row.der;
}
const domain::Der& DerOf(const store::DerCarbon& row) {
  return row.der;
}
const domain::Der& DerOf(const ComplianceReports::Row& row) {
  return row.found.der;
}

// What was read ahead may be of DERs that were given to somebody else meanwhile.
template <typename Row>
void DropThoseOfOthers(const store::ReadModel& fleet, const store::ReportScope& scope, std::vector<Row>& rows) {
  const auto is_of_others = [&](const Row& row) {
    const auto now = fleet.FindDer(DerOf(row).der_id);
    if (now == nullptr) return false;
    if (scope.owner_id && now->owner_id != *scope.owner_id) return true;
    return scope.region_ids && std::count(scope.region_ids->begin(), scope.region_ids->end(), now->region_id) == 0;
  };
  rows.erase(std::remove_if(rows.begin(), rows.end(), is_of_others), rows.end());
}

// A page of rows of DERs; `load` reads those after a DER, at most so many. The period of the first page holds for all.
template <typename Row, typename Load>
absl::Status AddDers(const v1::GetReportRequest& request, const store::ReadModel& fleet, store::ReportQuery& query,
                     const Load& load, const char* method, google::protobuf::RepeatedPtrField<Row>& list,
                     v1::GetReportResponse& response) {
  ASSIGN_OR_RETURN(const auto after, wire::ReadTimePageToken(request));
  if (after && after->first > query.from) query.until = std::min(query.until, after->first);
  const std::size_t page_size = wire::PageSize(request.page_size(), kUsualRows, kMostRows);
  ASSIGN_OR_RETURN(auto rows, load(after ? after->second : "", page_size + 1));
  if (Cut(rows, page_size)) {
    response.set_next_page_token(wire::MakePageToken(request, query.until, DerOf(rows.back()).der_id));
  }
  DropThoseOfOthers(fleet, query.scope, rows);
  AddRows(request, rows, list, *response.mutable_csv());
  response.set_method(method);
  return absl::OkStatus();
}

struct OwnerCarbon {
  std::string owner_id;
  CarbonSums sums;
};
v1::CarbonRow ToProto(const OwnerCarbon& owner) {
  v1::CarbonRow row = ToProto(owner.sums);
  row.set_owner_id(owner.owner_id);
  return row;
}

absl::Status AddCarbonOfOwners(const server::Call& call, store::History& history, const v1::GetReportRequest& request,
                               const store::ReportQuery& query, v1::GetReportResponse& response) {
  ASSIGN_OR_RETURN(const std::vector<std::string> keys, wire::ReadPageToken(request, 1));
  std::map<std::string, CarbonSums> owners;
  std::string after;
  for (bool more = true; more;) {
    ASSIGN_OR_RETURN(const auto rows, history.Carbon(query, after, kDersAtATime, call.deadline()));
    for (const store::DerCarbon& row : rows) owners[row.der.owner_id] += SumsOf(row);
    more = rows.size() == kDersAtATime;
    if (more) after = rows.back().der.der_id;
  }
  const std::size_t page_size = wire::PageSize(request.page_size(), kUsualRows, kMostRows);
  std::vector<OwnerCarbon> page;
  auto owner = owners.upper_bound(keys.empty() ? "" : keys[0]);
  for (; owner != owners.end() && page.size() <= page_size; ++owner) page.push_back({owner->first, owner->second});
  if (Cut(page, page_size)) response.set_next_page_token(wire::MakePageToken(request, {page.back().owner_id}));
  AddRows(request, page, *response.mutable_carbon(), *response.mutable_csv());
  response.set_method(kCarbonMethod);
  return absl::OkStatus();
}

store::HistoryStep StepOf(v1::ReportStep step) {
  if (step == v1::REPORT_STEP_HOUR) return store::HistoryStep::kHour;
  return step == v1::REPORT_STEP_MONTH ? store::HistoryStep::kMonth : store::HistoryStep::kDay;
}

absl::Status AddHistory(const server::Call& call, store::History& history, const v1::GetReportRequest& request,
                        const store::ReportQuery& query, v1::GetReportResponse& response) {
  ASSIGN_OR_RETURN(const auto after, wire::ReadTimePageToken(request));
  const std::size_t page_size = wire::PageSize(request.page_size(), kUsualRows, kMostRows);
  ASSIGN_OR_RETURN(auto rows, history.Steps(query, StepOf(request.step()), after ? after->first : absl::InfinitePast(),
                                            page_size + 1, call.deadline()));
  if (Cut(rows, page_size)) response.set_next_page_token(wire::MakePageToken(request, rows.back().starts_at, ""));
  AddRows(request, rows, *response.mutable_history(), *response.mutable_csv());
  response.set_method(kHistoryMethod);
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<v1::ListReadingsResponse> ReportHandlers::ListReadings(server::Call& call,
                                                                      const v1::ListReadingsRequest& request) const {
  ASSIGN_OR_RETURN(const DerPtr der, FindDer(call, fleet_, request.der_id()));
  RETURN_IF_ERROR(call.RequireDer(der->ownership(), *fleet_.Regions()).status());
  absl::Time from = request.has_from() ? wire::FromProto(request.from()) : absl::InfinitePast();
  const absl::Time until = request.has_until() ? wire::FromProto(request.until()) : absl::InfiniteFuture();
  if (from >= until) {
    return base::InvalidArgument("INVALID_PERIOD", "from must be before until").Field("from", "must be before until");
  }
  ASSIGN_OR_RETURN(const auto after, wire::ReadTimePageToken(request));
  if (after) from = after->first + absl::Microseconds(1);
  const std::size_t page_size = wire::PageSize(request.page_size());
  ASSIGN_OR_RETURN(auto points, history_.ListReadings(der->der_id, from, until, page_size + 1, call.deadline()));
  v1::ListReadingsResponse response;
  if (Cut(points, page_size)) {
    response.set_next_page_token(wire::MakePageToken(request, points.back().measured_at, ""));
  }
  for (const auto& point : points) *response.add_readings() = wire::ToProto(domain::ReadingAt(der->der_id, point));
  return response;
}

absl::StatusOr<v1::GetPerformanceResponse> ReportHandlers::GetPerformance(
    server::Call& call, const v1::GetPerformanceRequest& request) const {
  ASSIGN_OR_RETURN(const store::ReportQuery query, QueryOf(call, fleet_, request));
  domain::PerformanceSums total;
  std::map<std::string, domain::PerformanceSums> owners;
  std::string after;
  for (bool more = true; more;) {
    ASSIGN_OR_RETURN(const auto rows, history_.Performance(query, after, kDersAtATime, call.deadline()));
    for (const store::DerPerformance& row : rows) {
      total += row.sums;
      owners[row.der.owner_id] += row.sums;
    }
    more = rows.size() == kDersAtATime;
    if (more) after = rows.back().der.der_id;
  }
  v1::GetPerformanceResponse response;
  *response.mutable_total() = ToProto(total);
  *response.mutable_fairness() = FairnessOf(owners);
  *response.mutable_from() = wire::ToProto(query.from);
  *response.mutable_until() = wire::ToProto(query.until);
  return response;
}

absl::Status ReportHandlers::AddPerformance(const server::Call& call, const v1::GetReportRequest& request,
                                            store::ReportQuery& query, v1::GetReportResponse& response) const {
  const auto read = [&](const std::string& after, std::size_t limit) {
    return history_.Performance(query, after, limit, call.deadline());
  };
  const auto load = [&](const std::string& after, std::size_t limit) {
    return performance_.Rows(query, after, limit, call.now(), read);
  };
  return AddDers(request, fleet_, query, load, kPerformanceMethod, *response.mutable_performance(), response);
}

absl::Status ReportHandlers::AddCarbon(const server::Call& call, const v1::GetReportRequest& request,
                                       store::ReportQuery& query, v1::GetReportResponse& response) const {
  const auto read = [&](const std::string& after, std::size_t limit) {
    return history_.Carbon(query, after, limit, call.deadline());
  };
  const auto load = [&](const std::string& after, std::size_t limit) {
    return carbon_.Rows(query, after, limit, call.now(), read);
  };
  return AddDers(request, fleet_, query, load, kCarbonMethod, *response.mutable_carbon(), response);
}

absl::Status ReportHandlers::AddCompliance(const server::Call& call, const v1::GetReportRequest& request,
                                           store::ReportQuery& query, v1::GetReportResponse& response) const {
  const auto load = [&](const std::string& after, std::size_t limit) {
    return compliance_.Rows(query, after, limit, call.deadline());
  };
  return AddDers(request, fleet_, query, load, ComplianceReports::Method(), *response.mutable_compliance(), response);
}

absl::StatusOr<v1::GetReportResponse> ReportHandlers::GetReport(server::Call& call,
                                                                const v1::GetReportRequest& request) const {
  ASSIGN_OR_RETURN(store::ReportQuery query, QueryOf(call, fleet_, request));
  v1::GetReportResponse response;
  switch (request.kind()) {
    case v1::REPORT_KIND_PERFORMANCE:
      RETURN_IF_ERROR(AddPerformance(call, request, query, response));
      break;
    case v1::REPORT_KIND_HISTORY:
      RETURN_IF_ERROR(AddHistory(call, history_, request, query, response));
      break;
    case v1::REPORT_KIND_COMPLIANCE:
      RETURN_IF_ERROR(AddCompliance(call, request, query, response));
      break;
    default:  // validation lets no other kind through
      RETURN_IF_ERROR(request.grouping() == v1::REPORT_GROUPING_OWNER
                          ? AddCarbonOfOwners(call, history_, request, query, response)
                          : AddCarbon(call, request, query, response));
  }
  *response.mutable_from() = wire::ToProto(query.from);
  *response.mutable_until() = wire::ToProto(query.until);
  return response;
}

}  // namespace derms::registry
