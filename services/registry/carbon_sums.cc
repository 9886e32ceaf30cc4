#include "services/registry/carbon_sums.h"

#include "libs/domain/defaults.h"

namespace derms::registry {
namespace {

domain::StoredCarbonFlows Sum(domain::StoredCarbonFlows a, const domain::StoredCarbonFlows& b) {
  a.begin_kg += b.begin_kg;
  a.charged_kg += b.charged_kg;
  a.discharged_kg += b.discharged_kg;
  a.unseen_kg += b.unseen_kg;
  a.end_kg += b.end_kg;
  a.end_kwh += b.end_kwh;
  a.discharged_of_begin_kg += b.discharged_of_begin_kg;
  return a;
}

}  // namespace

CarbonSums& CarbonSums::operator+=(const CarbonSums& more) {
  der_count += more.der_count;
  generated_kwh += more.generated_kwh;
  consumed_kwh += more.consumed_kwh;
  covered_hours += more.covered_hours;
  known_hours += more.known_hours;
  emitted_kg += more.emitted_kg;
  avoided_kg += more.avoided_kg;
  drawn_kg += more.drawn_kg;
  net_avoided_kg += more.net_avoided_kg;
  if (more.stored) stored = Sum(stored.value_or(domain::StoredCarbonFlows()), *more.stored);
  return *this;
}

CarbonSums SumsOf(const store::DerCarbon& der) {
  CarbonSums sums{.der_count = 1,
                  .generated_kwh = der.generated_kwh,
                  .consumed_kwh = der.consumed_kwh,
                  .covered_hours = der.covered_hours,
                  .known_hours = der.known_hours,
                  .avoided_kg = der.avoided_kg,
                  .drawn_kg = der.drawn_kg,
                  .stored = der.stored};
  if (domain::IsStorage(der.der.type)) {
    // What it drew is in the store until it leaves.
    sums.emitted_kg = der.stored ? der.stored->discharged_kg : 0;
    sums.net_avoided_kg = der.avoided_kg - sums.emitted_kg;
  } else {
    sums.emitted_kg = der.generated_kwh * domain::EffectiveParametersOf(der.der).carbon_kg_per_kwh;
    sums.net_avoided_kg = der.avoided_kg - der.drawn_kg - sums.emitted_kg;
  }
  return sums;
}

v1::CarbonRow ToProto(const CarbonSums& sums) {
  v1::CarbonRow out;
  out.set_der_count(sums.der_count);
  out.set_generated_kwh(sums.generated_kwh);
  out.set_consumed_kwh(sums.consumed_kwh);
  out.set_emitted_kg(sums.emitted_kg);
  if (sums.covered_hours > 0) out.set_carbon_known_share(sums.known_hours / sums.covered_hours);
  if (sums.known_hours > 0) {
    out.set_avoided_kg(sums.avoided_kg);
    out.set_drawn_kg(sums.drawn_kg);
    out.set_net_avoided_kg(sums.net_avoided_kg);
  }
  if (!sums.stored) return out;
  out.set_stored_at_begin_kg(sums.stored->begin_kg);
  out.set_charged_kg(sums.stored->charged_kg);
  out.set_discharged_kg(sums.stored->discharged_kg);
  out.set_unseen_kg(sums.stored->unseen_kg);
  out.set_stored_kg(sums.stored->end_kg);
  out.set_stored_kwh(sums.stored->end_kwh);
  out.set_emitted_of_begin_kg(sums.stored->discharged_of_begin_kg);
  return out;
}

v1::CarbonRow ToProto(const store::DerCarbon& der) {
  v1::CarbonRow out = ToProto(SumsOf(der));
  out.set_der_id(der.der.der_id);
  out.set_owner_id(der.der.owner_id);
  out.set_region_id(der.der.region_id);
  return out;
}

}  // namespace derms::registry
