// How DERs come back after an emergency order, as the order's row says it. Plain values.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"

namespace derms::domain {

// Defaults and ranges are those of IEEE 1547-2018 clause 4.10 (enter service): delay 300 s of 0 to 600, ramp 300 s of
// 1 to 1000, random part 1 to 1000 s.
struct RestorationTerms {
  absl::Duration delay = absl::Seconds(300);   // before any DER returns
  absl::Duration window = absl::Seconds(300);  // small DERs return at a random moment of it
  absl::Duration ramp = absl::Seconds(300);    // large ones rise from nothing to their capacity in it
  // Capacity that may come back per minute in a region, as a share of its export limit, or else its import limit.
  double pickup_share_per_min = 0.2;

  bool operator==(const RestorationTerms&) const = default;
};

// What somebody says of them.
struct GivenRestoration {
  std::optional<absl::Duration> delay, window, ramp;
  std::optional<double> pickup_share_per_min;
};
RestorationTerms Changed(RestorationTerms terms, const GivenRestoration& given);  // what is absent stays

// By region of DERs: the capacity that an order bound over the limit that holds there, the highest of the region's own
// and of those above it. Regions without limits are absent.
using LoadsByRegion = std::map<std::string, double, std::less<>>;

class RestorationPlan {
 public:
  RestorationTerms terms;
  std::vector<std::string> ended;  // RESTORE: the orders that it ended

  bool operator==(const RestorationPlan&) const = default;

  void SetLoads(LoadsByRegion loads);
  const LoadsByRegion& loads() const { return loads_; }

  // What holds for DERs of a region: stretched until the capacity that comes back in window and ramp together stays
  // under the pick-up share; a day at most.
  absl::Duration WindowOf(const std::string& region_id) const;
  absl::Duration RampOf(const std::string& region_id) const;
  // From the order's end until every DER is back, wherever it is and whatever its random moments are.
  absl::Duration Longest() const;

 private:
  LoadsByRegion loads_;
  double heaviest_load_ = 0;
};

}  // namespace derms::domain
