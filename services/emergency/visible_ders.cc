#include "services/emergency/visible_ders.h"

#include <utility>

namespace derms::emergency {

store::DerFilter VisibleDers(server::Call& call, std::shared_ptr<const domain::RegionTree> regions) {
  using enum domain::Role;
  call.MarkFiltered();
  const domain::Caller& caller = call.caller();
  store::DerFilter filter;
  if (!caller.IsAdmin() && !caller.Has(kOperator)) {
    filter.owner_id = caller.subject;
  } else if (!caller.Operates("", *regions)) {
    filter.visible = [&caller, regions = std::move(regions)](const domain::Der& der) {
      return domain::MayAccess(caller, der.ownership(), *regions, {kOwner, kOperator, kAdmin});
    };
  }
  return filter;
}

}  // namespace derms::emergency
