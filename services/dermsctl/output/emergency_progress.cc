#include "services/dermsctl/output/emergency_progress.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "services/dermsctl/input/enum_words.h"
#include "services/dermsctl/output/text.h"

namespace derms::dermsctl {
namespace {

std::string Told(const v1::EmergencyOrder& order) {
  const v1::EmergencyProgress& progress = order.progress();
  const int asked = order.der_count() - progress.asked_nothing();
  return progress.complete() ? absl::StrCat(FormatCount(progress.issued()), " told")
                             : absl::StrCat(FormatCount(progress.issued()), " of ", FormatCount(asked), " told");
}

std::string States(const v1::EmergencyProgress& progress) {
  std::string text;
  for (const v1::InstructionCount& each : progress.states()) {
    absl::StrAppend(&text, text.empty() ? "" : ", ", FormatCount(each.count()), " ", Word(each.state()));
  }
  return text;
}

// Empty while nobody has reported.
std::string Delivered(const v1::EmergencyProgress& progress) {
  if (!progress.has_performance()) return "";
  return absl::StrCat(FormatNumber(progress.delivered_kw(), 1), " kW of ", FormatNumber(progress.requested_kw(), 1),
                      " kW by ", FormatCount(progress.reported()),
                      " DERs: ", FormatNumber(progress.performance() * 100, 1), " %, ",
                      Word(progress.performance_band()));
}

}  // namespace

void PrintProgress(Session& session, const v1::EmergencyOrder& order) {
  if (!order.has_progress()) return;
  const v1::EmergencyProgress& progress = order.progress();
  session.out() << "progress   " << Told(order) << ", " << FormatCount(progress.acknowledged()) << " acknowledged, "
                << FormatCount(progress.unresponsive()) << " unresponsive";
  if (progress.asked_nothing() > 0) session.out() << "; nothing asked of " << FormatCount(progress.asked_nothing());
  session.out() << '\n';
  if (progress.states_size() > 0) session.out() << "states     " << States(progress) << '\n';
  if (const std::string delivered = Delivered(progress); !delivered.empty()) {
    session.out() << "delivered  " << delivered << '\n';
  }
}

void PrintProgressLine(Session& session, const v1::EmergencyOrder& order) {
  if (session.json()) return session.PrintJson(order);
  const v1::EmergencyProgress& progress = order.progress();
  if (order.has_progress()) session.out() << session.Time(progress.as_of()) << "  ";
  session.out() << Word(order.state());
  if (order.has_progress()) {
    session.out() << "  " << Told(order) << ", " << FormatCount(progress.acknowledged()) << " acknowledged, "
                  << FormatCount(progress.unresponsive()) << " unresponsive";
    if (const std::string delivered = Delivered(progress); !delivered.empty()) session.out() << ", " << delivered;
  }
  if (const v1::Restoration& way = order.restoration(); way.der_count() > 0) {
    session.out() << ", " << FormatCount(way.restored_count()) << " of " << FormatCount(way.der_count()) << " back";
  }
  session.out() << std::endl;
}

}  // namespace derms::dermsctl
