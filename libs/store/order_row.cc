#include "libs/store/order_row.h"

#include <nlohmann/json.hpp>
#include <utility>

#include "libs/base/error.h"
#include "libs/store/pg_error.h"

namespace derms::store {
namespace {

using Json = nlohmann::json;

Json Parsed(std::string_view text, Json::value_t type = Json::value_t::array) {
  Json json = Json::parse(text, nullptr, false);
  if (json.type() == type) return json;
  throw StatusError(base::Internal("DATABASE_ERROR", "a stored emergency order has an unexpected form"));
}

domain::RestorationPlan RestorationOf(std::string_view text) {
  const Json json = Parsed(text, Json::value_t::object);
  domain::RestorationPlan plan;
  plan.terms.delay = absl::Seconds(json.at("delay_s").get<double>());
  plan.terms.window = absl::Seconds(json.at("window_s").get<double>());
  plan.terms.ramp = absl::Seconds(json.at("ramp_s").get<double>());
  plan.terms.pickup_share_per_min = json.at("pickup_share_per_min").get<double>();
  plan.SetLoads(json.at("load_by_region").get<domain::LoadsByRegion>());
  plan.ended = json.at("ended").get<std::vector<std::string>>();
  return plan;
}

}  // namespace

std::optional<std::string> RestorationJson(const domain::EmergencyOrder& order) {
  if (!order.restoration) return std::nullopt;
  const domain::RestorationPlan& plan = *order.restoration;
  const Json json = {{"delay_s", absl::ToDoubleSeconds(plan.terms.delay)},
                     {"window_s", absl::ToDoubleSeconds(plan.terms.window)},
                     {"ramp_s", absl::ToDoubleSeconds(plan.terms.ramp)},
                     {"pickup_share_per_min", plan.terms.pickup_share_per_min},
                     {"load_by_region", Json(plan.loads())},
                     {"ended", plan.ended}};
  return json.dump();
}

std::string UnboundJson(const domain::EmergencyOrder& order) {
  nlohmann::json json = nlohmann::json::array();
  for (const auto& [der_id, reason] : order.unbound) json.push_back({der_id, reason});
  return json.dump();
}

std::string SharesJson(const domain::EmergencyOrder& order) {
  nlohmann::json json = nlohmann::json::array();
  for (const domain::ClassShare& share : order.shares) {
    json.push_back({{"type", static_cast<int>(share.type)},
                    {"der_count", share.der_count},
                    {"headroom_kw", share.headroom_kw},
                    {"fraction", share.fraction}});
  }
  return json.dump();
}

domain::EmergencyOrder OrderOf(const Rows& rows, std::size_t row) {
  int column = 0;
  domain::EmergencyOrder order;
  order.emergency_id = rows.Text(row, column++);
  order.der_id = rows.Text(row, column++);
  order.region_id = rows.Text(row, column++);
  order.kind = static_cast<domain::EmergencyKind>(rows.Small(row, column++));
  order.power_kw = rows.Double(row, column++);
  order.shortfall_kw = rows.Double(row, column++);
  order.starts_at = rows.Micros(row, column++);
  order.ends_at = rows.Micros(row, column++);
  if (const auto ended = rows.MaybeInt(row, column++)) order.ended_at = absl::FromUnixMicros(*ended);
  order.reason = rows.Text(row, column++);
  order.exercise = rows.Bool(row, column++);
  order.state = static_cast<domain::EmergencyState>(rows.Small(row, column++));
  order.der_count = rows.Small(row, column++);
  for (const auto& pair : Parsed(rows.View(row, column++))) {
    order.unbound.emplace_back(pair.at(0).get<std::string>(), pair.at(1).get<std::string>());
  }
  order.unbound_count = rows.Small(row, column++);
  for (const auto& share : Parsed(rows.View(row, column++))) {
    order.shares.push_back({static_cast<domain::DerType>(share.at("type").get<int>()), share.at("der_count").get<int>(),
                            share.at("headroom_kw").get<double>(), share.at("fraction").get<double>()});
  }
  order.issued_by = rows.Text(row, column++);
  order.released_by = rows.Text(row, column++);
  order.revision = rows.Int(row, column++);
  order.number = rows.Int(row, column++);
  order.override_limits = rows.Bool(row, column++);
  if (!rows.IsNull(row, column)) order.restoration = RestorationOf(rows.View(row, column));
  return order;
}

domain::Run RunOf(const Rows& rows, std::size_t row) {
  int column = 0;
  domain::Run run;
  run.run_id = rows.Text(row, column++);
  run.region_id = rows.Text(row, column++);
  run.starts_at = rows.Micros(row, column++);
  run.interval = absl::Microseconds(rows.Int(row, column++));
  run.interval_count = rows.Small(row, column++);
  run.applied = rows.Bool(row, column++);
  run.requested_by = rows.Text(row, column++);
  run.created_at = rows.Micros(row, column++);
  run.detail_json = rows.Text(row, column++);
  run.state = static_cast<domain::RunState>(rows.Small(row, column++));
  run.runner = rows.Text(row, column++);
  run.cancelled_by = rows.Text(row, column++);
  run.progress_json = rows.Text(row, column++);
  if (const auto ended = rows.MaybeInt(row, column++)) run.ended_at = absl::FromUnixMicros(*ended);
  return run;
}

}  // namespace derms::store
