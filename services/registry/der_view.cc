#include "services/registry/der_view.h"

#include <optional>

#include "libs/wire/convert_der.h"

namespace derms::registry {
bool SeesAll(const domain::Caller& caller, const domain::Der& der, const domain::RegionTree& regions) {
  using enum domain::Role;
  return domain::MayAccess(caller, der.ownership(), regions, {kOwner, kGateway, kOperator, kAdmin});
}

v1::Der ViewOfDer(const domain::Der& der, const store::ReadModel& fleet, const domain::Caller& caller, absl::Time now) {
  const bool sees_all = SeesAll(caller, der, *fleet.Regions());
  return wire::ToProto(der, fleet.StatusOf(der, now), sees_all ? fleet.LatestReading(der.der_id) : std::nullopt,
                       sees_all);
}

}  // namespace derms::registry
