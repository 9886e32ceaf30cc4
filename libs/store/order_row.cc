#include "libs/store/order_row.h"

#include <nlohmann/json.hpp>
#include <utility>

#include "libs/base/error.h"
#include "libs/store/pg_error.h"

namespace derms::store {
namespace {

nlohmann::json Parsed(std::string_view text) {
  nlohmann::json json = nlohmann::json::parse(text, nullptr, false);
  if (json.is_array()) return json;
  throw StatusError(base::Internal("DATABASE_ERROR", "a stored emergency order has an unexpected form"));
}

}  // namespace

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
