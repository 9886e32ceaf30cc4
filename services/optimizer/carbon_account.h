// Schedules of a run as carbon accounts (libs/domain/carbon.h), and these as messages. Pure.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "derms/v1/carbon.pb.h"
#include "derms/v1/run.pb.h"
#include "libs/domain/carbon.h"
#include "libs/store/queries.h"

namespace derms::optimizer {

// A DER's schedule as the account wants it: its own intensity as declared, a battery with the energy that the run had
// at the begin, which follows from the first interval's end and power. `initial_kg_per_kwh`: of that energy, if known.
domain::CarbonSchedule CarbonScheduleOf(const store::DerSchedule& schedule, absl::Duration interval,
                                        std::optional<double> initial_kg_per_kwh);

// Whether the run's stored energy follows from its power and the efficiencies that the DER has now.
bool EnergyFollows(const store::DerSchedule& schedule, absl::Duration interval);

// Sums of some DERs.
struct CarbonSums {
  int der_count = 0;
  bool has_storage = false;
  domain::CarbonAccount account;
  double stored_at_begin_kwh = 0;

  void Add(const domain::CarbonSchedule& schedule, const domain::CarbonAccount& of);
};

v1::ScheduleCarbon ToProto(const CarbonSums& sums);
v1::ScheduleCarbon ToProto(const store::DerSchedule& schedule, const domain::CarbonSchedule& accounted,
                           const domain::CarbonAccount& account, domain::EmissionScope scope);

// Accounts the schedules of one answer: rows of DERs or owners, the total, what was assumed.
class CarbonBook {
 public:
  CarbonBook(domain::CarbonLedger ledger, absl::Duration interval, std::optional<double> initial_kg_per_kwh)
      : ledger_(std::move(ledger)), interval_(interval), initial_kg_per_kwh_(initial_kg_per_kwh) {}

  // The row of the DER. INVALID_ARGUMENT INVALID_SERIES as of CarbonLedger::Add.
  absl::StatusOr<v1::ScheduleCarbon> Add(const store::DerSchedule& schedule);

  v1::ScheduleCarbon Total() const { return ToProto(total_); }
  // Rows of owners after the given one, by their ids; at most `limit`.
  std::vector<v1::ScheduleCarbon> Owners(std::string_view after_owner_id, std::size_t limit) const;
  std::string method() const { return ledger_.method(); }
  std::vector<std::string> Assumptions() const;

 private:
  domain::CarbonLedger ledger_;
  const absl::Duration interval_;
  const std::optional<double> initial_kg_per_kwh_;
  CarbonSums total_;
  std::map<std::string, CarbonSums, std::less<>> owners_;
  int unexplained_count_ = 0;  // storages whose energy does not follow from their power
};

}  // namespace derms::optimizer
