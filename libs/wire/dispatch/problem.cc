#include "libs/wire/dispatch/problem.h"

#include "absl/strings/str_cat.h"
#include "libs/base/error.h"
#include "libs/wire/convert_time.h"
#include "libs/wire/dispatch/device_kinds.h"
#include "libs/wire/dispatch/field_table.h"

namespace derms::wire {
namespace {

using dispatch::Problem;
using dispatch::Region;

const FieldTable<Region>& RegionFields() {
  static const FieldTable<Region> kFields(
      v1::DispatchRegion::descriptor(),
      {DERMS_WIRE_FIELD(Region, demand_kw), DERMS_WIRE_FIELD(Region, import_limit_kw),
       DERMS_WIRE_FIELD(Region, export_limit_kw), DERMS_WIRE_FIELD(Region, reserve_up_kw),
       DERMS_WIRE_FIELD(Region, reserve_down_kw), DERMS_WIRE_FIELD(Region, import_price_usd_per_kwh),
       DERMS_WIRE_FIELD(Region, export_price_usd_per_kwh), DERMS_WIRE_FIELD(Region, carbon_of_import_kg_per_kwh),
       DERMS_WIRE_FIELD(Region, peak_charge_usd_per_kw), DERMS_WIRE_FIELD(Region, peak_so_far_kw),
       DERMS_WIRE_FIELD(Region, flattening_usd_per_kwh)});
  return kFields;
}

const FieldTable<Problem>& ProblemFields() {
  static const FieldTable<Problem> kFields(
      v1::DispatchProblem::descriptor(),
      {DERMS_WIRE_FIELD(Problem, value_of_lost_load_usd_per_kwh),
       DERMS_WIRE_FIELD(Problem, over_generation_price_usd_per_kwh), DERMS_WIRE_FIELD(Problem, carbon_price_usd_per_kg),
       DERMS_WIRE_FIELD(Problem, reserve_up_price_usd_per_kwh),
       DERMS_WIRE_FIELD(Problem, reserve_down_price_usd_per_kwh), DERMS_WIRE_FIELD(Problem, reserve_hours),
       DERMS_WIRE_FIELD(Problem, carbon_cap_kg)});
  return kFields;
}

class ProblemReader {
 public:
  explicit ProblemReader(const v1::DispatchProblem& from) : from_(from) {}

  absl::StatusOr<Problem> Run() {
    to_.interval_length = FromProto(from_.interval());
    to_.interval_count = from_.interval_count();
    if (from_.has_starts_at()) to_.start = FromProto(from_.starts_at());
    ProblemFields().Read(from_, to_);
    ReadProfiles();
    ReadRegions();
    ReadDevices();
    RETURN_IF_ERROR(violations_.ToStatus("INVALID_PROBLEM"));
    return std::move(to_);
  }

 private:
  static constexpr std::size_t kMaxViolations = 100;

  void Refuse(const std::string& field, const std::string& rule) {
    if (violations_.list().size() < kMaxViolations) violations_.Add(field, rule);
  }

  // One value holds in all intervals.
  void Spread(dispatch::Series& series) const {
    if (series.size() == 1) series.resize(static_cast<std::size_t>(to_.interval_count), series[0]);
  }

  // The index of every id; the second of a name is refused.
  template <typename Items, typename IdOf>
  IndexById Index(const Items& items, const char* list, const char* id_field, IdOf id_of) {
    IndexById index;
    for (int i = 0; i < items.size(); ++i) {
      if (index.emplace(id_of(items[i]), i).second) continue;
      Refuse(absl::StrCat("problem.", list, "[", i, "].", id_field), "is used twice: " + id_of(items[i]));
    }
    return index;
  }

  void ReadProfiles() {
    profiles_ = Index(from_.profiles(), "profiles", "profile_id", [](const auto& p) { return p.profile_id(); });
    for (const v1::DispatchProfile& profile : from_.profiles()) {
      Spread(to_.profiles.emplace_back(profile.values().begin(), profile.values().end()));
    }
  }

  void ReadRegions() {
    regions_ = Index(from_.regions(), "regions", "region_id", [](const auto& r) { return r.region_id(); });
    for (int i = 0; i < from_.regions_size(); ++i) {
      const v1::DispatchRegion& from = from_.regions(i);
      Region& to = to_.regions.emplace_back();
      to.id = from.region_id();
      if (!from.parent_id().empty()) {
        to.parent = RegionNamed(from.parent_id(), absl::StrCat("problem.regions[", i, "].parent_id"));
      }
      RegionFields().Read(from, to);
      for (auto series : {&Region::demand_kw, &Region::import_limit_kw, &Region::export_limit_kw,
                          &Region::reserve_up_kw, &Region::reserve_down_kw, &Region::import_price_usd_per_kwh,
                          &Region::export_price_usd_per_kwh, &Region::carbon_of_import_kg_per_kwh}) {
        Spread(to.*series);
      }
    }
  }

  void ReadDevices() {
    Index(from_.devices(), "devices", "device_id", [](const auto& d) { return d.device_id(); });
    const DeviceReader reader(profiles_, violations_);
    for (int i = 0; i < from_.devices_size() && violations_.list().size() < kMaxViolations; ++i) {
      const v1::DispatchDevice& from = from_.devices(i);
      const std::string at = absl::StrCat("problem.devices[", i, "]");
      dispatch::Device& to = to_.devices.emplace_back();
      to.id = from.device_id();
      if (!from.region_id().empty()) to.region = RegionNamed(from.region_id(), at + ".region_id");
      if (from.has_reserve_up()) to.reserve_up = from.reserve_up();
      if (from.has_reserve_down()) to.reserve_down = from.reserve_down();
      to.kind = reader.ReadKind(from, at);
    }
  }

  int RegionNamed(const std::string& id, const std::string& field) {
    const auto found = regions_.find(id);
    if (found != regions_.end()) return found->second;
    Refuse(field, absl::StrCat("names no region of the problem: there is no ", id));
    return 0;
  }

  const v1::DispatchProblem& from_;
  Problem to_;
  IndexById profiles_, regions_;
  base::Violations violations_;
};

}  // namespace

absl::StatusOr<Problem> FromProto(const v1::DispatchProblem& problem) {
  return ProblemReader(problem).Run();
}

v1::DispatchProblem ToProto(const Problem& problem) {
  v1::DispatchProblem out;
  *out.mutable_interval() = ToProto(problem.interval_length);
  out.set_interval_count(problem.interval_count);
  if (problem.start) *out.mutable_starts_at() = ToProto(*problem.start);
  ProblemFields().Write(problem, out);
  for (std::size_t p = 0; p < problem.profiles.size(); ++p) {
    v1::DispatchProfile& profile = *out.add_profiles();
    profile.set_profile_id(ProfileId(static_cast<int>(p)));
    profile.mutable_values()->Add(problem.profiles[p].begin(), problem.profiles[p].end());
  }
  for (const Region& from : problem.regions) {
    v1::DispatchRegion& region = *out.add_regions();
    region.set_region_id(from.id);
    if (from.parent >= 0) region.set_parent_id(problem.regions[static_cast<std::size_t>(from.parent)].id);
    RegionFields().Write(from, region);
  }
  for (const dispatch::Device& from : problem.devices) {
    v1::DispatchDevice& device = *out.add_devices();
    device.set_device_id(from.id);
    device.set_region_id(problem.regions[static_cast<std::size_t>(from.region)].id);
    device.set_reserve_up(from.reserve_up);
    device.set_reserve_down(from.reserve_down);
    WriteKind(from.kind, device);
  }
  return out;
}

}  // namespace derms::wire
