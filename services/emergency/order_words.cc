#include "services/emergency/order_words.h"

#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "libs/base/utc_text.h"
#include "libs/server/scope_event.h"

namespace derms::emergency {
namespace {

using base::UtcText;
using domain::ClassShare;
using domain::EmergencyKind;
using domain::EmergencyOrder;
using server::ScopeText;

std::string WhatItDoes(const EmergencyOrder& order) {
  return absl::StrCat(std::string(EmergencyKindName(order.kind)),
                      domain::IsShared(order.kind) ? absl::StrFormat(" of %.10g kW", order.power_kw) : "");
}

std::string Counted(std::size_t count, const char* thing) {
  return absl::StrCat(count, " ", thing, count == 1 ? "" : "s");
}

std::string Ders(int count) {
  return Counted(static_cast<std::size_t>(count), "DER");
}

// "3 DERs bound, 1 not": whom it binds; of a RESTORE, which binds nobody, "2 orders ended".
std::string Reach(const EmergencyOrder& order) {
  if (order.kind == EmergencyKind::kRestore) {
    return Counted(order.restoration ? order.restoration->ended.size() : 0, "order") + " ended";
  }
  const std::string unbound = order.unbound_count == 0 ? "" : absl::StrCat(", ", order.unbound_count, " not");
  return Ders(order.der_count) + " bound" + unbound;
}

// "BATTERY 3 DERs, 300 kW left; HYDRO 1 DER, 40 kW left": what the order found.
std::string Found(const EmergencyOrder& order) {
  std::vector<std::string> words;
  for (const ClassShare& share : order.shares) {
    words.push_back(absl::StrFormat("%s %s", DerTypeName(share.type), Ders(share.der_count)));
    if (domain::IsShared(order.kind)) words.back() += absl::StrFormat(", %.10g kW left", share.headroom_kw);
  }
  return words.empty() ? Ders(order.der_count) : absl::StrJoin(words, "; ");
}

// "BATTERY 50 %, HYDRO 20 %": what it takes of that.
std::string Taken(const EmergencyOrder& order) {
  if (!domain::IsShared(order.kind)) return Ders(order.der_count) + " wholly";
  std::vector<std::string> words;
  for (const ClassShare& share : order.shares) {
    words.push_back(absl::StrFormat("%s %.4g %%", DerTypeName(share.type), share.fraction * 100));
  }
  return words.empty() ? "nothing" : absl::StrJoin(words, ", ");
}

std::string BeforeAndAfter(const EmergencyOrder& order) {
  std::string text = absl::StrCat("Before: ", Found(order), ". After: ", Taken(order));
  if (order.shortfall_kw != 0) absl::StrAppendFormat(&text, ", short of it by %.10g kW", order.shortfall_kw);
  return text + ".";
}

// "Exercise: emergency order INJECT of 150 kW for region NORTH, limits overridden"
std::string Named(const EmergencyOrder& order) {
  return absl::StrCat(order.exercise ? "Exercise: " : "", "emergency order ", WhatItDoes(order), " for ",
                      ScopeText(order.der_id, order.region_id), order.override_limits ? ", limits overridden" : "");
}

}  // namespace

std::string AllocationSummary(const EmergencyOrder& order, const domain::EmergencyApproval* approval) {
  std::string text = absl::StrCat(Named(order), ", ", Reach(order), ": ", order.reason, ".");
  if (approval != nullptr) {
    absl::StrAppend(&text, " Asked for by ", approval->requested_by, ", approved by ", approval->decided_by,
                    approval->decision_reason.empty() ? "" : ": ", approval->decision_reason, ".");
  }
  if (order.kind != EmergencyKind::kRestore) absl::StrAppend(&text, " ", BeforeAndAfter(order));
  return text;
}

std::string ReleaseSummary(const EmergencyOrder& order) {
  return absl::StrCat("The emergency order for ", ScopeText(order.der_id, order.region_id),
                      " was released before its end. Before: ACTIVE until ", UtcText(order.ends_at), ", ",
                      WhatItDoes(order), ", ", Ders(order.der_count), " bound, ", Taken(order), ", given by ",
                      order.issued_by, ": ", order.reason, ". After: RELEASED by ", order.released_by, ".");
}

std::string RequestSummary(const EmergencyOrder& planned, const domain::EmergencyApproval& approval) {
  return absl::StrCat(Named(planned), " waits for approval until ", UtcText(approval.expires_at), ": ", planned.reason,
                      ". Now it would be: ", Reach(planned), ".");
}

std::string DeclineSummary(const domain::EmergencyApproval& approval) {
  return absl::StrCat("The emergency order ", std::string(EmergencyKindName(approval.kind)), " for ",
                      ScopeText(approval.der_id, approval.region_id), " that ", approval.requested_by,
                      " asked for was declined by ", approval.decided_by, ": ", approval.decision_reason, ".");
}

}  // namespace derms::emergency
