#include "services/emergency/order_words.h"

#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "libs/server/scope_event.h"

namespace derms::emergency {
namespace {

using domain::ClassShare;
using domain::EmergencyOrder;
using server::ScopeText;

std::string WhatItDoes(const EmergencyOrder& order) {
  const std::string kind(EmergencyKindName(order.kind));
  return domain::IsShutdown(order.kind) ? kind : absl::StrCat(kind, absl::StrFormat(" of %.10g kW", order.power_kw));
}

std::string Ders(int count) {
  return absl::StrCat(count, count == 1 ? " DER" : " DERs");
}

// "BATTERY 3 DERs, 300 kW left; HYDRO 1 DER, 40 kW left": what the order found.
std::string Found(const EmergencyOrder& order) {
  std::vector<std::string> words;
  for (const ClassShare& share : order.shares) {
    words.push_back(absl::StrFormat("%s %s", DerTypeName(share.type), Ders(share.der_count)));
    if (!domain::IsShutdown(order.kind)) words.back() += absl::StrFormat(", %.10g kW left", share.headroom_kw);
  }
  return words.empty() ? Ders(order.der_count) : absl::StrJoin(words, "; ");
}

// "BATTERY 50 %, HYDRO 20 %": what it takes of that.
std::string Taken(const EmergencyOrder& order) {
  if (domain::IsShutdown(order.kind)) return Ders(order.der_count) + " wholly";
  std::vector<std::string> words;
  for (const ClassShare& share : order.shares) {
    words.push_back(absl::StrFormat("%s %.4g %%", DerTypeName(share.type), share.fraction * 100));
  }
  return words.empty() ? "nothing" : absl::StrJoin(words, ", ");
}

std::string Unbound(const EmergencyOrder& order) {
  return order.unbound_count == 0 ? "" : absl::StrCat(", ", order.unbound_count, " not");
}

std::string Exercise(const EmergencyOrder& order) {
  return order.exercise ? "Exercise: " : "";
}

}  // namespace

std::string AllocationSummary(const EmergencyOrder& order, const domain::EmergencyApproval* approval) {
  std::string text = absl::StrCat(Exercise(order), "emergency order ", WhatItDoes(order), " for ",
                                  ScopeText(order.der_id, order.region_id), ", ", Ders(order.der_count), " bound",
                                  Unbound(order), ": ", order.reason);
  if (approval != nullptr) {
    absl::StrAppend(&text, ". Asked for by ", approval->requested_by, ", approved by ", approval->decided_by,
                    approval->decision_reason.empty() ? "" : ": ", approval->decision_reason);
  }
  absl::StrAppend(&text, ". Before: ", Found(order), ". After: ", Taken(order));
  if (order.shortfall_kw != 0) absl::StrAppendFormat(&text, ", short of it by %.10g kW", order.shortfall_kw);
  return text + ".";
}

std::string ReleaseSummary(const EmergencyOrder& order) {
  return absl::StrCat("The emergency order for ", ScopeText(order.der_id, order.region_id),
                      " was released before its end. Before: ACTIVE until ",
                      absl::FormatTime(order.ends_at, absl::UTCTimeZone()), ", ", WhatItDoes(order), ", ",
                      Ders(order.der_count), " bound, ", Taken(order), ", given by ", order.issued_by, ": ",
                      order.reason, ". After: RELEASED by ", order.released_by, ".");
}

std::string RequestSummary(const EmergencyOrder& planned, const domain::EmergencyApproval& approval) {
  return absl::StrCat(Exercise(planned), "emergency order ", WhatItDoes(planned), " for ",
                      ScopeText(planned.der_id, planned.region_id), " waits for approval until ",
                      absl::FormatTime(approval.expires_at, absl::UTCTimeZone()), ": ", planned.reason,
                      ". Now it would bind ", Ders(planned.der_count), Unbound(planned), ": ", Taken(planned), ".");
}

std::string DeclineSummary(const domain::EmergencyApproval& approval) {
  return absl::StrCat("The emergency order ", std::string(EmergencyKindName(approval.kind)), " for ",
                      ScopeText(approval.der_id, approval.region_id), " that ", approval.requested_by,
                      " asked for was declined by ", approval.decided_by, ": ", approval.decision_reason);
}

}  // namespace derms::emergency
