// The numbers that orders are planned from, in columns: one row per DER, so that a plan for a million DERs is one pass
// over plain arrays. The arithmetic is that of libs/domain/emergency.h, and so is the result, to the digit.
#pragma once

#include <array>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/time/time.h"
#include "libs/domain/emergency.h"
#include "libs/domain/pinning.h"
#include "libs/domain/restoration.h"

namespace derms::emergency {

// About 230 bytes per DER. Not thread-safe.
class FleetColumns {
 public:
  using DerPtr = std::shared_ptr<const domain::Der>;

  // As in the read model nothing goes back to a lower revision or an older reading, and a reading of an unknown DER
  // changes nothing. What orders hold at `now` says whose power from before them is to be kept.
  void PutDer(DerPtr der);
  void PutReading(const domain::Reading& reading, const domain::Holdings& live, absl::Time now);
  void PutRegions(std::shared_ptr<const domain::RegionTree> regions);

  // What an order that begins at `now` finds in its scope; its unbound DERs in the order in which they came.
  struct Scope {
    std::string_view der_id, region_id;  // as of domain::EmergencyRequest
  };
  domain::Census Count(domain::EmergencyKind kind, const Scope& scope, absl::Time now, absl::Duration duration,
                       const domain::Holdings& live);

  // From now on the reading from before this order is kept of every DER in its scope, until another order needs the
  // place, or its set-points must be pinned by now.
  void KeepBefore(const domain::EmergencyOrder& order);
  void ForgetBefore(const std::string& emergency_id);
  // What set-points of an order given at `start` are pinned from, `before` being the orders in force then; all unknown
  // for an unknown DER.
  domain::AroundStart AroundStartOf(std::string_view der_id, absl::Time start, const domain::Holdings& before) const;

  // The DERs that these orders bind and give back in stages, by where they are at `now`; one of several orders is back
  // when all have given it back.
  using Orders = std::vector<std::shared_ptr<const domain::EmergencyOrder>>;
  domain::RestorationCount CountReturn(const Orders& orders, absl::Time now) const;

 private:
  using Row = std::uint32_t;
  struct Facts {
    std::uint16_t type : 3;      // domain::IndexOf
    std::uint16_t status : 2;    // as stored
    std::uint16_t category : 3;  // of islands
    std::uint16_t active : 1;
    std::uint16_t alone : 1;  // an order for this DER alone is live
  };
  // An order that gives DERs back.
  struct Return {
    std::shared_ptr<const domain::EmergencyOrder> order;
    domain::Returns returns;
    std::array<domain::Left, domain::DerClass::kCount> left;  // of those that are not back
    std::vector<std::uint8_t> regions;                        // whether they are in its scope, by number
    std::vector<absl::Duration> window, ramp;                 // by number of region
    std::int64_t starts_us;
  };
  struct Pass {
    domain::EmergencyKind kind;
    std::vector<std::uint8_t> regions;  // whether they are in the scope, by number
    std::int64_t now_us, oldest_start_us;
    double hours;
    absl::Time now;
    const domain::Holdings& live;
  };

  const Row* Find(std::string_view der_id) const;
  void Append();
  void SetTerms(Row row);
  std::uint32_t NumberOfRegion(const std::string& region_id);
  std::vector<std::uint8_t> RegionsIn(const Scope& scope) const;
  void Refresh(const domain::Holdings& live);
  domain::Left LeftOf(Row row, std::int64_t oldest_start_us, absl::Time now, const domain::Holdings& live) const;
  std::optional<double> BaseOf(Row row, absl::Time since) const;
  void KeepPrior(Row row, std::int64_t next_us);
  domain::HeadroomTerms TermsOf(Row row) const;
  double HeadroomOf(Row row, const Pass& pass) const;
  void CountRow(Row row, const Pass& pass, domain::Census& census, std::vector<double>& capacity_kw) const;
  domain::LoadsByRegion LoadsOf(const std::vector<double>& capacity_kw) const;
  domain::DerClass ClassOf(Row row) const;
  std::vector<Return> ReturnsOf(const Orders& orders) const;
  std::optional<domain::WayBack> WayBackOf(Row row, const Return& from) const;  // none: not bound

  absl::flat_hash_map<absl::string_view, Row> rows_;  // keys are in ders_
  std::vector<DerPtr> ders_;
  std::vector<Facts> facts_;
  std::vector<std::uint32_t> region_;  // its number
  std::vector<std::int64_t> registered_us_;
  std::vector<base::DerKey> keys_;
  std::vector<double> capacity_kw_;
  std::vector<double> power_kw_, limit_kw_, floor_kw_, charge_kw_, give_kwh_, take_kwh_;  // domain::HeadroomTerms
  // The newest reading; NaN: not told, or not to be used.
  std::vector<double> measured_kw_, stored_kwh_;
  std::vector<std::int64_t> measured_us_;
  // The newest reading from before the orders that hold the DER, which was the newest from base_from_us until
  // base_until_us.
  std::vector<double> base_kw_, base_kwh_;
  std::vector<std::int64_t> base_from_us_, base_until_us_;
  // The reading that was the newest from prior_from_us until prior_until_us: the one before the newest, or the one
  // before an order that is being pinned.
  std::vector<double> prior_kw_, prior_kwh_;
  std::vector<std::int64_t> prior_from_us_, prior_until_us_;
  std::vector<domain::EmergencyOrder> being_pinned_;  // by start

  std::shared_ptr<const domain::RegionTree> tree_ = std::make_shared<domain::RegionTree>();
  absl::flat_hash_map<std::string, std::uint32_t> region_numbers_;
  std::vector<std::string> region_ids_;  // by number

  // Of one version of the live orders: what those for regions and for the fleet leave of DERs older than all of them,
  // the rows that orders of their own bind, and the orders that are over and give DERs back.
  std::vector<std::array<domain::Left, domain::DerClass::kCount>> left_;  // [region][class]
  std::vector<Row> alone_;
  std::vector<Return> returning_;
  std::int64_t left_version_ = -1;
};

}  // namespace derms::emergency
