// Carbon of schedules: what DERs emit, what they displace on the grid, what is avoided. Pure; thread-safe.
//
// Avoided = displaced - emitted, over the same intervals:
//   displaced  output of an interval times the intensity of the grid then: what the grid need not make
//   emitted    generators: output times their own intensity. Storage: the carbon of the stored energy that leaves
//              (stored_carbon.h); charging moves carbon into the store and emits when the energy comes out
// GHG Protocol, "Guidelines for quantifying GHG reductions from grid-connected electricity projects", WRI 2007: what is
// displaced wants a marginal intensity, an inventory an average one. Which one was used is said with every figure.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "libs/domain/der.h"

namespace derms::domain {

enum class IntensityBasis { kMarginal = 1, kAverage = 2 };
enum class EmissionScope { kDirect = 1, kLifeCycle = 2 };

// Direct emissions of output when the owner declares none, kg/kWh: the default of the type (defaults.h). Storage: 0,
// its carbon is that of what it holds.
double DirectKgPerKwh(DerType type);
// With making and taking down, kg CO2e/kWh: solar 0.045, wind 0.011, hydro 0.024, geothermal 0.038, fuel cell 0.49
// (gas). Storage, where nothing is known of what it holds: 0.35844. Defaults of electricitymaps-contrib, 2025.
double LifeCycleKgPerKwh(DerType type);

// What is known of the storage part of a DER.
struct CarbonStorage {
  double energy_kwh = 0;                       // held at the start
  std::optional<double> intensity_kg_per_kwh;  // of that; absent: LifeCycleKgPerKwh(kBattery)
  double charge_efficiency = 1, discharge_efficiency = 1;
};

// A DER over the intervals of an account.
struct CarbonSchedule {
  std::string der_id, owner_id;
  DerType type = DerType::kSolar;
  std::vector<double> power_kw;          // generation positive
  std::optional<double> own_kg_per_kwh;  // declared by the owner; absent: the default of the scope
  std::optional<CarbonStorage> storage;  // of a battery
};

struct CarbonQuestion {
  absl::Duration interval;
  std::vector<double> grid_kg_per_kwh;    // by interval
  std::vector<double> intake_kg_per_kwh;  // of what storage takes in; empty: the grid's
  IntensityBasis basis = IntensityBasis::kMarginal;
  EmissionScope scope = EmissionScope::kDirect;
};

struct CarbonAccount {
  double output_kwh = 0;  // given
  double intake_kwh = 0;  // taken, as a positive number
  double displaced_kg = 0;
  double emitted_kg = 0;
  double stored_kg = 0;         // held by storage at the end
  double stored_change_kg = 0;  // of which came in less what left
  double stored_at_begin_kg() const { return stored_kg - stored_change_kg; }

  double avoided_kg() const { return displaced_kg - emitted_kg; }
  CarbonAccount& operator+=(const CarbonAccount& more);
};

// What an account took for granted, counted: a fleet of any size is told in a few sentences.
struct CarbonAssumptions {
  std::map<DerType, int> by_type;  // DERs that declare no emissions
  int declared_count = 0;          // DERs that do
  int unknown_content_count = 0;   // storages that began with energy of which nothing is known

  std::vector<std::string> Sentences(EmissionScope scope) const;
};

// Accounts one schedule after the other and keeps the sums: of a million DERs only those. Not thread-safe.
class CarbonLedger {
 public:
  // INVALID_ARGUMENT INVALID_SERIES when the two series differ in length or a value is not finite.
  static absl::StatusOr<CarbonLedger> Open(CarbonQuestion question);

  // INVALID_ARGUMENT INVALID_SERIES when it has another number of intervals than the grid's or a value that is not
  // finite.
  absl::StatusOr<CarbonAccount> Add(const CarbonSchedule& schedule);

  const CarbonQuestion& question() const { return question_; }
  const CarbonAccount& total() const { return total_; }
  const CarbonAssumptions& assumptions() const { return assumptions_; }
  std::string method() const;  // in words: basis, scope, how storage is counted

 private:
  explicit CarbonLedger(CarbonQuestion question) : question_(std::move(question)) {}

  CarbonQuestion question_;
  CarbonAccount total_;
  CarbonAssumptions assumptions_;
};

// What a generator's output counts as, kg/kWh: what its owner declares, else the default of the scope.
double OwnKgPerKwh(const CarbonSchedule& schedule, EmissionScope scope);

// Mean intensity of what is consumed in an area in each interval: imports at the grid's, generation at its own. An
// interval without either has the grid's. Not thread-safe.
class AreaMix {
 public:
  AreaMix(std::vector<double> grid_kg_per_kwh, const std::vector<double>& import_kw);  // import_kw >= 0

  // A generator; what it takes does not count.
  void Add(const std::vector<double>& output_kw, double own_kg_per_kwh);
  std::vector<double> Intensity() const;

 private:
  std::vector<double> grid_kg_per_kwh_, power_kw_, carbon_kg_per_h_;
};

}  // namespace derms::domain
