#include "services/emergency/breach_words.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace derms::emergency {
namespace {

using domain::FlowDirection;

const char* Verb(FlowDirection direction) {
  return direction == FlowDirection::kExport ? "exports" : "imports";
}

}  // namespace

std::string ShareText(FlowDirection direction, double share) {
  return absl::StrFormat("limited to %.2f %% of its %s", share * 100,
                         direction == FlowDirection::kExport ? "capacity" : "charging capacity");
}

std::string BreachText(const std::string& region_id, const FlowLimit& limit, double flow_kw, const std::string& cause,
                       const RegionTotals& totals, double share) {
  std::string text =
      absl::StrFormat("Region %s %s %.1f kW, %.1f kW over %s of %.1f kW: %s.", region_id, Verb(limit.direction),
                      flow_kw, flow_kw - limit.limit_kw, limit.source, limit.limit_kw, cause);
  if (totals.unmeasured_count > 0) {
    absl::StrAppendFormat(&text, " %d of %d DERs have no fresh reading and do not count.", totals.unmeasured_count,
                          totals.unmeasured_count + totals.measured_count);
  }
  if (share < 1) absl::StrAppend(&text, " Every DER is ", ShareText(limit.direction, share), ".");
  return text;
}

std::string PartText(const domain::SetpointPart& part, const std::string& region_id, const FlowLimit& limit) {
  return absl::StrFormat("DER %s %s %.1f kW, %.1f kW beyond its set-point, while region %s is over %s.", part.der_id,
                         limit.direction == FlowDirection::kExport ? "gives" : "takes", part.flow_kw,
                         part.flow_kw - part.setpoint_kw, region_id, limit.source);
}

}  // namespace derms::emergency
