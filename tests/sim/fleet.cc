#include "tests/sim/fleet.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "derms/v1/registry.grpc.pb.h"
#include "libs/base/error.h"
#include "libs/wire/convert_der.h"

namespace derms::sim {
namespace {

constexpr int kPage = 1000;

DerTraits TraitsOf(const v1::Der& der) {
  DerTraits traits;
  traits.der_id = der.der_id();
  traits.type = wire::FromProto(der.type());
  traits.capacity_kw = der.capacity_kw();
  traits.region_id = der.region_id();
  traits.longitude_deg = der.location().longitude_deg();
  traits.parameters = domain::EffectiveParametersOf(traits.type, traits.capacity_kw, wire::FromProto(der.parameters()));
  return traits;
}

}  // namespace

absl::StatusOr<std::vector<DerTraits>> ListFleet(client::Connection& registry, const SimOptions& options) {
  const auto most = static_cast<std::size_t>(options.ders);
  v1::ListDersRequest request;
  request.set_owner_id(options.owner_id);
  request.set_region_id(options.region_id);
  request.set_page_size(std::min(kPage, options.ders));
  std::vector<DerTraits> fleet;
  do {
    ASSIGN_OR_RETURN(const v1::ListDersResponse page, registry.Call(&v1::RegistryService::Stub::ListDers, request));
    for (const v1::Der& der : page.ders()) {
      if (fleet.size() < most) fleet.push_back(TraitsOf(der));
    }
    request.set_page_token(page.next_page_token());
  } while (!request.page_token().empty() && fleet.size() < most);
  if (fleet.empty()) return base::NotFound("NO_DERS", "the registry lists no such DER to this caller");
  return fleet;
}

std::vector<std::vector<DerTraits>> Share(std::vector<DerTraits> fleet, int gateways) {
  const std::size_t parts = std::min(fleet.size(), static_cast<std::size_t>(gateways));
  std::vector<std::vector<DerTraits>> shares;
  auto from = fleet.begin();
  for (std::size_t i = 0; i < parts; ++i) {
    const auto end = fleet.begin() + static_cast<std::ptrdiff_t>(fleet.size() * (i + 1) / parts);
    shares.emplace_back(std::make_move_iterator(from), std::make_move_iterator(end));
    from = end;
  }
  return shares;
}

}  // namespace derms::sim
