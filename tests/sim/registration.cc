#include "tests/sim/registration.h"

#include <algorithm>
#include <map>
#include <utility>

#include "absl/strings/str_cat.h"
#include "derms/v1/access.grpc.pb.h"
#include "derms/v1/registry.grpc.pb.h"
#include "libs/base/error.h"
#include "libs/client/bulk.h"

namespace derms::sim {
namespace {

constexpr int kPage = 1000, kPerMessage = 500;
using Stub = v1::RegistryService::Stub;

absl::StatusOr<std::map<std::string, v1::Der>> ListOwn(client::Connection& as_owner) {
  std::map<std::string, v1::Der> known;
  v1::ListDersRequest request;
  request.set_page_size(kPage);
  do {
    ASSIGN_OR_RETURN(const v1::ListDersResponse page, as_owner.Call(&Stub::ListDers, request));
    for (const v1::Der& der : page.ders()) known.emplace(der.der_id(), der);
    request.set_page_token(page.next_page_token());
  } while (!request.page_token().empty());
  return known;
}

// Sends the items in messages of some; the first error of an item ends it.
template <typename Request, typename Response, typename Item, typename Method>
absl::Status SendAll(client::Connection& as_owner, Method method, std::vector<Item> items) {
  std::size_t next = 0;
  absl::Status refused;
  client::BulkExchange<Request, Response> exchange(as_owner, method);
  const auto fill = [&](Request* message) {
    for (; next < items.size() && message->items_size() < kPerMessage; ++next) {
      items[next].set_request_id(as_owner.surroundings().ids.NewId());
      *message->add_items() = std::move(items[next]);
    }
    return message->items_size() > 0;
  };
  RETURN_IF_ERROR(exchange.Run(fill, [&](const Request&, const Response& answer) {
    for (const v1::ItemResult& result : answer.results()) {
      if (!refused.ok() || !result.has_error()) continue;
      refused = base::FailedPrecondition("ITEM_REFUSED", absl::StrCat(result.der_id(), ": ", result.error().message()));
    }
  }));
  return refused;
}

}  // namespace

absl::StatusOr<std::string> SubjectOf(client::Connection& registry) {
  ASSIGN_OR_RETURN(const v1::WhoAmIResponse answer,
                   registry.Call(&v1::AccessService::Stub::WhoAmI, v1::WhoAmIRequest()));
  return answer.principal().subject();
}

absl::Status PrepareFleet(client::Connection& as_owner, std::vector<v1::RegisterDerRequest> fleet,
                          const std::string& gateway_id) {
  ASSIGN_OR_RETURN(const auto known, ListOwn(as_owner));
  std::vector<v1::RegisterDerRequest> missing;
  std::vector<v1::UpdateDerStatusRequest> offline;
  std::vector<v1::DelegateGatewayRequest> undelegated;
  for (v1::RegisterDerRequest& der : fleet) {
    const auto found = known.find(der.der_id());
    const bool is_there = found != known.end();
    if (!is_there || found->second.stored_status() == v1::DER_STATUS_OFFLINE) {
      offline.emplace_back().set_der_id(der.der_id());
      offline.back().set_status(v1::DER_STATUS_ONLINE);
    }
    if (!gateway_id.empty() && (!is_there || found->second.gateway_id() != gateway_id)) {
      undelegated.emplace_back().set_der_id(der.der_id());
      undelegated.back().set_gateway_id(gateway_id);
    }
    if (!is_there) missing.push_back(std::move(der));
  }
  RETURN_IF_ERROR(
      (SendAll<v1::RegisterDersRequest, v1::RegisterDersResponse>(as_owner, &Stub::RegisterDers, std::move(missing))));
  for (const v1::DelegateGatewayRequest& each : undelegated) {
    RETURN_IF_ERROR(as_owner.Call(&Stub::DelegateGateway, each).status());
  }
  return SendAll<v1::UpdateDerStatusesRequest, v1::UpdateDerStatusesResponse>(as_owner, &Stub::UpdateDerStatuses,
                                                                              std::move(offline));
}

}  // namespace derms::sim
