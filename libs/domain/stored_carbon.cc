#include "libs/domain/stored_carbon.h"

#include <algorithm>

namespace derms::domain {

StoredCarbon::StoredCarbon(double energy_kwh, double intensity_kg_per_kwh)
    : energy_kwh_(std::max(0.0, energy_kwh)), carbon_kg_(energy_kwh_ * intensity_kg_per_kwh) {}

void StoredCarbon::Charge(double taken_kwh, double intensity_kg_per_kwh, double efficiency) {
  energy_kwh_ += taken_kwh * efficiency;
  carbon_kg_ += taken_kwh * intensity_kg_per_kwh;
}

double StoredCarbon::Discharge(double given_kwh, double efficiency) {
  const double leaving_kwh = given_kwh / efficiency;
  if (leaving_kwh <= 0) return 0;
  const double share = leaving_kwh >= energy_kwh_ ? 1 : leaving_kwh / energy_kwh_;
  const double leaving_kg = carbon_kg_ * share;
  energy_kwh_ = std::max(0.0, energy_kwh_ - leaving_kwh);
  carbon_kg_ -= leaving_kg;
  return leaving_kg;
}

void StoredCarbon::Lose(double energy_kwh) {
  energy_kwh_ = std::max(0.0, energy_kwh_ - energy_kwh);
}

void StoredCarbon::Measure(double energy_kwh) {
  energy_kwh_ = std::max(0.0, energy_kwh);
}

double StoredCarbon::intensity_kg_per_kwh() const {
  return energy_kwh_ > 0 ? carbon_kg_ / energy_kwh_ : 0;
}

}  // namespace derms::domain
