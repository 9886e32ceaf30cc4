#include "services/optimizer/series_handlers.h"

#include <cmath>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "libs/base/error.h"
#include "libs/wire/convert_records.h"
#include "libs/wire/convert_time.h"
#include "libs/wire/page_token.h"

namespace derms::optimizer {
namespace {

constexpr std::size_t kMaxListedValues = 10'000;

// Rules that need more than one field.
void CheckPiece(const domain::SeriesPiece& piece, base::Violations& violations) {
  if (piece.values.empty()) violations.Add("series.values", "must hold at least one value");
  if (absl::Trunc(piece.interval, absl::Minutes(1)) != piece.interval) {
    violations.Add("series.interval", "must be whole minutes, as 900s");
  } else if ((piece.starts_at - absl::UnixEpoch()) % piece.interval != absl::ZeroDuration()) {
    violations.Add("series.starts_at", "must be a multiple of the interval since 1970-01-01T00:00Z");
  }
  const bool is_share = piece.kind == domain::SeriesKind::kAvailabilityShare;
  const bool may_be_negative =
      piece.kind == domain::SeriesKind::kPriceUsdPerKwh || piece.kind == domain::SeriesKind::kTemperatureC;
  for (std::size_t i = 0; i < piece.values.size(); ++i) {
    const double value = piece.values[i];
    if ((value < 0 && !may_be_negative) || (is_share && value > 1)) {
      violations.Add(absl::StrCat("series.values[", i, "]"),
                     is_share ? "must be a share from 0 to 1" : "must not be negative for this kind");
      return;  // one is enough: such series are wrong throughout
    }
  }
}

domain::Event PutEvent(const server::Call& call, const domain::SeriesPiece& piece, base::IdSource& ids) {
  domain::Event event;
  event.event_id = ids.NewId();
  event.type = domain::EventType::kSeriesPut;
  event.occurred_at = call.now();
  event.actor = call.caller().subject;
  event.resource_id = piece.series_id;
  event.summary = absl::StrCat(piece.values.size(), " values of series ", piece.series_id, " stored");
  return event;
}

}  // namespace

absl::StatusOr<server::Plan<v1::PutSeriesResponse>> SeriesHandlers::PutSeries(
    server::Call& call, const v1::PutSeriesRequest& request) const {
  ASSIGN_OR_RETURN(const domain::RoleAccess access, call.RequireRole({domain::Role::kOperator, domain::Role::kAdmin}));
  domain::SeriesPiece piece = wire::FromProto(request.series());
  base::Violations violations;
  CheckPiece(piece, violations);
  RETURN_IF_ERROR(violations.ToStatus("INVALID_SERIES"));

  server::Plan<v1::PutSeriesResponse> plan;
  v1::Series& stored = *plan.response.mutable_series();
  stored = request.series();
  stored.clear_values();
  stored.set_stored_count(static_cast<std::int64_t>(piece.values.size()));
  plan.mutation.events.push_back(PutEvent(call, piece, ids_));
  plan.mutation.writes.push_back(store::SeriesPut(access, std::move(piece)));
  return plan;
}

absl::StatusOr<v1::ListSeriesResponse> SeriesHandlers::ListSeries(server::Call& call,
                                                                  const v1::ListSeriesRequest& request) const {
  const bool with_values = request.has_values_from() || request.has_values_until();
  if (with_values && (request.series_id().empty() || !request.has_values_from() || !request.has_values_until())) {
    const char* rule = "values_from and values_until go together and need series_id";
    return base::InvalidArgument("INVALID_REQUEST", rule).Field("values_from", rule);
  }
  ASSIGN_OR_RETURN(const std::vector<std::string> after, wire::ReadPageToken(request, 1));
  const std::size_t limit = wire::PageSize(request.page_size());
  ASSIGN_OR_RETURN(const auto rows,
                   queries_.ListSeries(request.series_id().empty() ? std::nullopt : std::optional(request.series_id()),
                                       after.empty() ? "" : after[0], limit, call.deadline()));
  v1::ListSeriesResponse response;
  for (const auto& row : rows) {
    v1::Series& series = *response.add_series();
    series = wire::ToProto(domain::SeriesPiece{row.series_id, row.kind, row.starts_at, row.interval, {}});
    series.set_stored_count(row.stored_count);
  }
  if (rows.size() == limit) response.set_next_page_token(wire::MakePageToken(request, {rows.back().series_id}));
  if (!with_values || rows.empty()) return response;

  const absl::Time from = wire::FromProto(request.values_from()), until = wire::FromProto(request.values_until());
  if (until <= from || absl::FDivDuration(until - from, rows[0].interval) > kMaxListedValues) {
    const std::string rule = absl::StrCat("must lie after values_from and cover at most ", kMaxListedValues, " values");
    return base::InvalidArgument("INVALID_REQUEST", absl::StrCat("values_until ", rule)).Field("values_until", rule);
  }
  ASSIGN_OR_RETURN(const auto pieces, queries_.LoadSeries({request.series_id()}, from, until, call.deadline()));
  if (!pieces.empty()) {
    *response.mutable_series(0)->mutable_starts_at() = wire::ToProto(pieces[0].starts_at);
    response.mutable_series(0)->mutable_values()->Add(pieces[0].values.begin(), pieces[0].values.end());
  }
  return response;
}

}  // namespace derms::optimizer
