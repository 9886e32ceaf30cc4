// Curves as sets: E3 (one reactive mode), E4 (order and bounds of points by each other and by the nameplate), W2.
#include <algorithm>

#include "libs/gridcode/findings.h"

namespace derms::gridcode {
namespace {

constexpr char kOrder[] = "correct the curve as a whole; its points bound each other";

// Reactive capability as a share of apparent power, for the points of a curve.
struct ReactiveBounds {
  double absorb = 0, inject = 0;
};
ReactiveBounds BoundsOf(const Subject& subject) {
  const ConfiguredRatings ratings = EffectiveRatings(subject.nameplate, subject.settings.ratings);
  if (!(ratings.s_max_kva > 0)) return {};
  return {-ratings.q_absorb_kvar / ratings.s_max_kva, ratings.q_inject_kvar / ratings.s_max_kva};
}
constexpr double kPlateRounding = 1e-3;  // a curve at the category's share fits a rounded nameplate

void CheckOneMode(const Subject& subject, FindingList& findings) {
  const Settings& s = subject.settings;
  std::string on;
  int count = 0;
  const auto look = [&](bool enabled, const char* name) {
    if (!enabled) return;
    count++;
    absl::StrAppend(&on, on.empty() ? "" : " and ", name);
  };
  look(s.constant_pf.enabled, "constant_pf");
  look(s.constant_q.enabled, "constant_q");
  look(s.volt_var.enabled, "volt_var");
  look(s.watt_var.enabled, "watt_var");
  if (count <= 1) return;
  const char* field = s.watt_var.enabled   ? "watt_var.enabled"
                      : s.volt_var.enabled ? "volt_var.enabled"
                                           : "constant_q.enabled";
  findings.Add(Rule::kE3, field, absl::StrCat("on, with ", on, " on together"), "the only reactive mode that is on",
               "switch the others off in the same set");
}

void CheckReactivePoints(const Subject& subject, FindingList& findings) {
  const ReactiveBounds bounds = BoundsOf(subject);
  const auto check = [&](std::string_view field, double value, double low, double high) {
    findings.RequireWithin(Rule::kE4, field, value, low - kPlateRounding, high + kPlateRounding,
                           "stay within the reactive power of the ratings");
  };
  const VoltVar& qv = subject.settings.volt_var;
  check("volt_var.q1_pu", qv.q1_pu, bounds.absorb, bounds.inject);
  check("volt_var.q4_pu", qv.q4_pu, bounds.absorb, bounds.inject);
  check("constant_q.q_pu", subject.settings.constant_q.q_pu, bounds.absorb, bounds.inject);
  const WattVar& qp = subject.settings.watt_var;
  check("watt_var.q1_gen_pu", qp.q1_gen_pu, bounds.absorb, bounds.inject);
  check("watt_var.q2_gen_pu", qp.q2_gen_pu, bounds.absorb, bounds.inject);
  check("watt_var.q3_gen_pu", qp.q3_gen_pu, bounds.absorb, bounds.inject);
  check("watt_var.q1_load_pu", qp.q1_load_pu, bounds.absorb, bounds.inject);
  check("watt_var.q2_load_pu", qp.q2_load_pu, bounds.absorb, bounds.inject);
  check("watt_var.q3_load_pu", qp.q3_load_pu, bounds.absorb, bounds.inject);
}

// Points stand for a reference of 1 and move with it, so their bounds do not hang on the reference (cl. 5.3.3).
void CheckVoltVar(const Subject& subject, FindingList& findings) {
  const VoltVar& qv = subject.settings.volt_var;
  const double inner = subject.Figure(Figure::kVoltVarInnerSpanPu), outer = subject.Figure(Figure::kVoltVarOuterSpanPu);
  const double step = subject.Figure(Figure::kVoltVarLeastStepPu);
  findings.RequireWithin(Rule::kE4, "volt_var.v2_pu", qv.v2_pu, 1 - inner, 1, kOrder);
  findings.RequireWithin(Rule::kE4, "volt_var.v3_pu", qv.v3_pu, 1, 1 + inner, kOrder);
  findings.RequireWithin(Rule::kE4, "volt_var.v1_pu", qv.v1_pu, 1 - outer, qv.v2_pu - step, kOrder);
  findings.RequireWithin(Rule::kE4, "volt_var.v4_pu", qv.v4_pu, qv.v3_pu + step, 1 + outer, kOrder);
  findings.RequireWithin(Rule::kE4, "volt_var.q2_pu", qv.q2_pu, qv.q3_pu, qv.q1_pu, kOrder);
  findings.RequireWithin(Rule::kE4, "volt_var.q3_pu", qv.q3_pu, qv.q4_pu, qv.q2_pu, kOrder);
}

void CheckWattVar(const Subject& subject, FindingList& findings) {
  const WattVar& qp = subject.settings.watt_var;
  const double step = subject.Figure(Figure::kWattVarLeastStepPu);
  const double most_p1 = subject.profile.Setting("watt_var.p2_gen_pu", subject.categories).max - step;
  findings.RequireWithin(Rule::kE4, "watt_var.p1_gen_pu", qp.p1_gen_pu, std::min(subject.nameplate.p_min_pu, most_p1),
                         qp.p2_gen_pu - step, kOrder);
  findings.RequireWithin(Rule::kE4, "watt_var.p3_gen_pu", qp.p3_gen_pu, qp.p2_gen_pu + step, 1, kOrder);
  findings.RequireWithin(Rule::kE4, "watt_var.p1_load_pu", qp.p1_load_pu, qp.p2_load_pu + step, 0, kOrder);
  findings.RequireWithin(Rule::kE4, "watt_var.p3_load_pu", qp.p3_load_pu, -1, qp.p2_load_pu - step, kOrder);
}

void CheckVoltWatt(const Subject& subject, FindingList& findings) {
  const VoltWatt& pv = subject.settings.volt_watt;
  const double step = subject.Figure(Figure::kVoltWattLeastStepPu);
  const double most_v2 = subject.profile.Setting("volt_watt.v2_pu", subject.categories).max;
  findings.RequireWithin(Rule::kE4, "volt_watt.v2_pu", pv.v2_pu, pv.v1_pu + step, most_v2, kOrder);
  const double default_p2 = subject.profile.Setting("volt_watt.p2_pu", subject.categories).value;
  const double least = subject.nameplate.can_charge() ? 0 : std::min(default_p2, subject.nameplate.p_min_pu);
  findings.RequireWithin(Rule::kE4, "volt_watt.p2_pu", pv.p2_pu, least, pv.p1_pu, kOrder);
}

void CheckOrderOfHelp(const Subject& subject, FindingList& findings) {
  const Settings& s = subject.settings;
  const double volt_var_acts = s.volt_var.v3_pu + s.volt_var.v_ref_pu - 1;
  if (!s.volt_watt.enabled || !s.volt_var.enabled || s.volt_watt.v1_pu > volt_var_acts) return;
  findings.Add(Rule::kW2, "volt_watt.v1_pu", absl::StrCat(s.volt_watt.v1_pu),
               absl::StrCat("above ", volt_var_acts, ", where volt-var begins to absorb"),
               "raise it, or watts are given up before vars have helped");
}

}  // namespace

void CheckCurves(const Subject& subject, FindingList& findings) {
  CheckOneMode(subject, findings);
  CheckReactivePoints(subject, findings);
  CheckVoltVar(subject, findings);
  CheckWattVar(subject, findings);
  CheckVoltWatt(subject, findings);
  CheckOrderOfHelp(subject, findings);
}

}  // namespace derms::gridcode
