#include "services/dermsctl/output/emergency_order.h"

#include "libs/wire/convert_records.h"
#include "libs/wire/convert_time.h"
#include "services/dermsctl/input/enum_words.h"
#include "services/dermsctl/input/scope.h"
#include "services/dermsctl/output/emergency_progress.h"
#include "services/dermsctl/output/table.h"
#include "services/dermsctl/output/text.h"

namespace derms::dermsctl {
namespace {

std::string Amount(const google::protobuf::Duration& duration, absl::Duration unit, const char* name) {
  return FormatNumber(absl::FDivDuration(wire::FromProto(duration), unit), 1) + ' ' + name;
}

std::string WhenItHolds(const Session& session, const v1::EmergencyOrder& order) {
  if (wire::TookForce(order)) return session.Time(order.starts_at()) + " to " + session.Time(order.ends_at());
  const std::string length = Amount(order.duration(), absl::Minutes(1), "min") + " from its approval";
  if (order.state() != v1::EMERGENCY_STATE_PENDING_APPROVAL) return length + ", which never came";
  return length + ", for which it waits until " + session.Time(order.approval_expires_at());
}

void PrintReturn(Session& session, const v1::EmergencyOrder& order) {
  const v1::Restoration& way = order.restoration();
  const bool is_over = order.state() != v1::EMERGENCY_STATE_ACTIVE || order.kind() == v1::EMERGENCY_KIND_RESTORE;
  session.out() << (is_over ? "returns    " : "then back  ") << session.Time(way.begins_at()) << " to "
                << session.Time(way.complete_at());
  if (is_over && way.has_der_count()) {
    session.out() << ": " << FormatCount(way.restored_count()) << " of " << FormatCount(way.der_count())
                  << " DERs are back, " << FormatCount(way.ramping_count()) << " rise, "
                  << FormatCount(way.waiting_count()) << " wait";
  }
  session.out() << '\n';
  for (const std::string& ended : way.ended_emergency_ids()) session.out() << "ended      " << ended << '\n';
}

void PrintRestoration(Session& session, const v1::EmergencyOrder& order) {
  if (!order.has_restoration()) return;
  if (wire::TookForce(order)) return PrintReturn(session, order);
  if (order.state() != v1::EMERGENCY_STATE_PENDING_APPROVAL) return;
  const auto seconds = [](const google::protobuf::Duration& d) { return Amount(d, absl::Seconds(1), "s"); };
  const v1::Restoration& way = order.restoration();
  session.out() << "then back  " << seconds(way.delay()) << " after its end, small DERs within "
                << seconds(way.window()) << ", others in " << seconds(way.ramp()) << '\n';
}

void PrintShares(Session& session, const v1::EmergencyOrder& order) {
  if (order.shares().empty()) return;
  Table table({{"class"}, {"DERs", Align::kRight}, {"headroom kW", Align::kRight}, {"used", Align::kRight}});
  for (const v1::ClassShare& share : order.shares()) {
    table.AddRow({share.class_name(), FormatCount(share.der_count()), FormatNumber(share.headroom_kw(), 1),
                  FormatNumber(share.fraction() * 100, 1) + " %"});
  }
  session.out() << '\n';
  session.Print(table);
}

}  // namespace

std::string DecisionText(const v1::EmergencyOrder& order) {
  if (order.state() == v1::EMERGENCY_STATE_LAPSED) return "lapsed";
  if (order.approved_by().empty()) return "";
  std::string text = (wire::TookForce(order) ? "approved by " : "declined by ") + Printable(order.approved_by());
  if (!order.decision_reason().empty()) text += ": " + Printable(order.decision_reason());
  return text;
}

void PrintOrder(Session& session, const v1::EmergencyOrder& order) {
  if (session.json()) return session.PrintJson(order);
  session.out() << "order      " << (order.emergency_id().empty() ? "none (rehearsal)" : order.emergency_id())
                << (order.exercise() ? "  EXERCISE" : "") << '\n'
                << "scope      " << Printable(ScopeOf(order)) << ", " << FormatCount(order.der_count())
                << (wire::TookForce(order) ? " DERs bound, " : " DERs to be bound, ")
                << FormatCount(order.unbound_count()) << " not\n"
                << "does       " << Word(order.kind()) << ' ' << FormatNumber(order.power_kw(), 1) << " kW";
  if (order.shortfall_kw() > 0) session.out() << ", short of it by " << FormatNumber(order.shortfall_kw(), 1) << " kW";
  session.out() << '\n' << "holds      " << WhenItHolds(session, order) << '\n' << "state      " << Word(order.state());
  if (order.has_ended_at()) session.out() << " at " << session.Time(order.ended_at());
  if (order.override_limits()) session.out() << "\nlimits     overridden";
  session.out() << "\nreason     " << Printable(order.reason()) << " (" << Printable(order.issued_by()) << ")\n";
  if (order.has_decided_at()) {
    session.out() << "decision   " << DecisionText(order) << ", at " << session.Time(order.decided_at()) << '\n';
  }
  PrintProgress(session, order);
  PrintRestoration(session, order);
  PrintShares(session, order);
  for (const v1::UnboundDer& der : order.unbound()) {
    session.out() << "not bound  " << Printable(der.der_id()) << "  " << Printable(der.reason()) << '\n';
  }
}

}  // namespace derms::dermsctl
