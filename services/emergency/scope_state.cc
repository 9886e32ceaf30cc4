#include "services/emergency/scope_state.h"

#include <iterator>

namespace derms::emergency {
namespace {

constexpr std::size_t kPage = 10'000;  // the read model is locked for one page at a time

std::vector<std::shared_ptr<const domain::Der>> CollectDers(const store::ReadModel& fleet, const std::string& der_id,
                                                            const std::string& region_id, absl::Time now) {
  if (!der_id.empty() && der_id != base::kAllDers) {
    auto der = fleet.FindDer(der_id);
    if (der == nullptr) return {};
    return {std::move(der)};
  }
  store::DerFilter filter;
  if (der_id.empty()) filter.region_id = region_id;
  std::vector<std::shared_ptr<const domain::Der>> ders;
  std::string after;
  do {
    store::DerPage page = fleet.ListDers(filter, after, kPage, now);
    ders.insert(ders.end(), std::make_move_iterator(page.ders.begin()), std::make_move_iterator(page.ders.end()));
    after = page.next_after_der_id;
  } while (!after.empty());
  return ders;
}

}  // namespace

ScopeState CollectScope(const store::ReadModel& fleet, const std::string& der_id, const std::string& region_id,
                        absl::Time now) {
  ScopeState scope;
  scope.ders = CollectDers(fleet, der_id, region_id, now);
  scope.states.reserve(scope.ders.size());
  for (const auto& der : scope.ders) {
    scope.states.push_back({.der = der.get(), .reading = fleet.LatestReading(der->der_id), .available_kw = {}});
  }
  return scope;
}

}  // namespace derms::emergency
