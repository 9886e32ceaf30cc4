#include "libs/wire/dispatch/solution.h"

#include "libs/wire/dispatch/certificate.h"
#include "libs/wire/dispatch/field_table.h"
#include "libs/wire/dispatch/multipliers.h"

namespace derms::wire {
namespace {

using dispatch::CostBreakdown;
using dispatch::DeviceSchedule;
using dispatch::RegionSchedule;

const FieldTable<DeviceSchedule>& DeviceFields() {
  static const FieldTable<DeviceSchedule> kFields(
      v1::DeviceSchedule::descriptor(),
      {DERMS_WIRE_FIELD(DeviceSchedule, power_kw), DERMS_WIRE_FIELD(DeviceSchedule, charge_kw),
       DERMS_WIRE_FIELD(DeviceSchedule, discharge_kw), DERMS_WIRE_FIELD(DeviceSchedule, state_of_charge_kwh),
       DERMS_WIRE_FIELD(DeviceSchedule, curtailed_kw), DERMS_WIRE_FIELD(DeviceSchedule, spilled_kw),
       DERMS_WIRE_FIELD(DeviceSchedule, undelivered_kwh)});
  return kFields;
}

const FieldTable<RegionSchedule>& RegionFields() {
  static const FieldTable<RegionSchedule> kFields(
      v1::RegionSchedule::descriptor(),
      {DERMS_WIRE_FIELD(RegionSchedule, net_import_kw), DERMS_WIRE_FIELD(RegionSchedule, shed_kw),
       DERMS_WIRE_FIELD(RegionSchedule, over_kw), DERMS_WIRE_FIELD(RegionSchedule, reserve_short_up_kw),
       DERMS_WIRE_FIELD(RegionSchedule, reserve_short_down_kw),
       DERMS_WIRE_FIELD(RegionSchedule, shadow_price_usd_per_kwh)});
  return kFields;
}

const FieldTable<CostBreakdown>& CostFields() {
  static const FieldTable<CostBreakdown> kFields(
      v1::DispatchCost::descriptor(),
      {DERMS_WIRE_FIELD(CostBreakdown, import_usd), DERMS_WIRE_FIELD(CostBreakdown, export_usd),
       DERMS_WIRE_FIELD(CostBreakdown, generation_usd), DERMS_WIRE_FIELD(CostBreakdown, start_usd),
       DERMS_WIRE_FIELD(CostBreakdown, wear_usd), DERMS_WIRE_FIELD(CostBreakdown, carbon_usd),
       DERMS_WIRE_FIELD(CostBreakdown, lost_load_usd), DERMS_WIRE_FIELD(CostBreakdown, over_generation_usd),
       DERMS_WIRE_FIELD(CostBreakdown, peak_usd), DERMS_WIRE_FIELD(CostBreakdown, flattening_usd),
       DERMS_WIRE_FIELD(CostBreakdown, curtailment_usd), DERMS_WIRE_FIELD(CostBreakdown, reserve_usd)});
  return kFields;
}

constexpr int kWholeHorizon = -1;

template <typename Message>
void WriteInterval(int interval, Message& message) {
  if (interval != kWholeHorizon) message.set_interval(interval);
}
template <typename Message>
int ReadInterval(const Message& message) {
  return message.has_interval() ? message.interval() : kWholeHorizon;
}

void WriteExplanation(const dispatch::Solution& solution, v1::DispatchSolution& out) {
  for (const dispatch::BindingConstraint& from : solution.binding) {
    v1::BindingLimit& limit = *out.add_binding();
    limit.set_name(from.name);
    limit.set_subject_id(from.subject);
    WriteInterval(from.interval, limit);
    limit.set_shadow_price_usd_per_kw(from.shadow_price_usd_per_kw);
  }
  for (const dispatch::Relaxation& from : solution.relaxed) {
    v1::GivenUpRequirement& given_up = *out.add_given_up();
    given_up.set_name(from.name);
    given_up.set_subject_id(from.subject);
    WriteInterval(from.interval, given_up);
    given_up.set_amount(from.amount);
    given_up.set_unit(from.unit);
    given_up.set_sentence(from.sentence);
  }
  for (const std::string& note : solution.notes) out.add_notes(note);
}

void ReadExplanation(const v1::DispatchSolution& from, dispatch::Solution& out) {
  for (const v1::BindingLimit& limit : from.binding()) {
    out.binding.push_back({.name = limit.name(),
                           .subject = limit.subject_id(),
                           .interval = ReadInterval(limit),
                           .shadow_price_usd_per_kw = limit.shadow_price_usd_per_kw()});
  }
  for (const v1::GivenUpRequirement& given_up : from.given_up()) {
    out.relaxed.push_back({.name = given_up.name(),
                           .subject = given_up.subject_id(),
                           .interval = ReadInterval(given_up),
                           .amount = given_up.amount(),
                           .unit = given_up.unit(),
                           .sentence = given_up.sentence()});
  }
  out.notes.assign(from.notes().begin(), from.notes().end());
}

}  // namespace

v1::DispatchSolution ToProto(const dispatch::Problem& problem, const dispatch::Solution& solution) {
  v1::DispatchSolution out;
  const bool optimal = solution.status == dispatch::SolveStatus::kOptimal;
  out.set_status(optimal ? v1::SOLVE_STATUS_OPTIMAL : v1::SOLVE_STATUS_FEASIBLE);
  for (std::size_t d = 0; d < solution.devices.size(); ++d) {
    v1::DeviceSchedule& device = *out.add_devices();
    device.set_device_id(problem.devices[d].id);
    DeviceFields().Write(solution.devices[d], device);
    device.mutable_on()->Add(solution.devices[d].on.begin(), solution.devices[d].on.end());
  }
  for (std::size_t r = 0; r < solution.regions.size(); ++r) {
    v1::RegionSchedule& region = *out.add_regions();
    region.set_region_id(problem.regions[r].id);
    RegionFields().Write(solution.regions[r], region);
  }
  CostFields().Write(solution.cost, *out.mutable_cost());
  out.mutable_cost()->set_operating_usd(solution.cost.operating_usd());
  out.mutable_cost()->set_total_usd(solution.cost.total_usd());
  WriteExplanation(solution, out);
  out.set_solver(solution.solver);
  out.set_solve_seconds(solution.seconds);
  return out;
}

dispatch::Solution FromProto(const dispatch::Problem& problem, const v1::DispatchSolution& solution,
                             const v1::DispatchCertificate& certificate) {
  dispatch::Solution out;
  out.status = solution.status() == v1::SOLVE_STATUS_OPTIMAL ? dispatch::SolveStatus::kOptimal
                                                             : dispatch::SolveStatus::kFeasible;
  for (const v1::DeviceSchedule& device : solution.devices()) {
    DeviceSchedule& schedule = out.devices.emplace_back();
    DeviceFields().Read(device, schedule);
    schedule.on.assign(device.on().begin(), device.on().end());
  }
  for (const v1::RegionSchedule& region : solution.regions()) RegionFields().Read(region, out.regions.emplace_back());
  CostFields().Read(solution.cost(), out.cost);
  ReadExplanation(solution, out);
  out.solver = solution.solver();
  out.seconds = solution.solve_seconds();
  out.bound_kind = FromProto(certificate.bound_proof());
  out.lower_bound_usd = certificate.lower_bound_usd();
  out.multipliers = FromProto(problem, certificate.multipliers());
  return out;
}

}  // namespace derms::wire
