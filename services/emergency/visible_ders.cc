#include "services/emergency/visible_ders.h"

#include <utility>

namespace derms::emergency {

store::DerFilter VisibleDers(const domain::Caller& caller, std::shared_ptr<const domain::RegionTree> regions) {
  using enum domain::Role;
  store::DerFilter filter;
  const bool operates = caller.IsAdmin() || caller.Has(kOperator);
  if (!operates && !caller.Has(kGateway)) {
    filter.owner_id = caller.subject;
  } else if (!operates && !caller.Has(kOwner)) {
    filter.gateway_id = caller.subject;
  } else if (!caller.Operates("", *regions)) {
    filter.visible = [caller, regions = std::move(regions)](const domain::Der& der) {
      return domain::MayAccess(caller, der.ownership(), *regions, kSpeakers);
    };
  }
  return filter;
}

}  // namespace derms::emergency
