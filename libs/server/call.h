// One call as a handler sees it: who asks, when, until when. The transport stays outside.
#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "libs/domain/access.h"

namespace derms::server {

// What the method's policy in the schema says (libs/auth/policy_table.h).
enum class CallScope { kFleet, kDer, kRegion };

// Lives as long as its call; used by one thread at a time.
class Call {
 public:
  struct Facts {
    domain::Caller caller;
    std::string method;      // "/derms.v1.RegistryService/RegisterDer"
    std::string request_id;  // the client's, or made by the server
    bool client_gave_request_id = false;
    absl::Time now;       // the database's clock
    absl::Time deadline;  // never infinite: the default is set when the client gave none
    CallScope scope = CallScope::kFleet;
    std::vector<domain::Role> roles;  // those the policy admits
  };
  explicit Call(Facts facts) : facts_(std::move(facts)) {}

  const domain::Caller& caller() const { return facts_.caller; }
  const std::string& method() const { return facts_.method; }
  const std::string& request_id() const { return facts_.request_id; }
  bool client_gave_request_id() const { return facts_.client_gave_request_id; }
  absl::Time now() const { return facts_.now; }
  absl::Time deadline() const { return facts_.deadline; }
  // For handlers that compute for long: true once nobody waits for the answer any more. Null when the adapter does not
  // watch for it (Rpc::CancellableQuery does).
  const std::atomic<bool>* cancelled() const { return cancelled_.get(); }
  void WatchCancellation(std::shared_ptr<const std::atomic<bool>> cancelled) { cancelled_ = std::move(cancelled); }

  // Proofs. Each marks the call as checked; a call whose policy has scope DER or REGION and that answers without any
  // is turned into INTERNAL and counted (derms_scope_unchecked_total).
  absl::StatusOr<domain::DerAccess> RequireDer(const domain::DerOwnership& der, const domain::RegionTree& regions);
  absl::StatusOr<domain::RegionAccess> RequireRegion(std::string_view region_id, const domain::RegionTree& regions);
  absl::StatusOr<domain::RoleAccess> RequireRole(const std::vector<domain::Role>& any_of);
  // For lists: the handler filters with MayAccess or an owner predicate; says so.
  void MarkFiltered() { checked_ = true; }
  // What the last check was about, for the log of denials: "DER BATT_1", "region NORTH", "all DERs"; empty: nothing
  // yet.
  const std::string& checked_scope() const { return checked_scope_; }
  bool checked() const { return checked_ || facts_.scope == CallScope::kFleet; }

  // What a handler wants in memory before it answers: the adapter brings it and calls the handler once more. Each kind
  // of wish is granted once per call.
  struct Wants {
    std::vector<std::string> ders;
    bool catch_up = false;  // all that was committed before the call came, by whatever process
    bool any() const { return catch_up || !ders.empty(); }
  };
  // A DER that was not in memory, or not as new as it must be.
  void Miss(std::string_view der_id) {
    if (!ders_fetched_) wants_.ders.emplace_back(der_id);
  }
  // The answer may come from memory being behind other processes. True the first time: whatever the handler then
  // returns is not the answer; it is asked again when memory has caught up.
  bool DoubtMemory() { return wants_.catch_up = !std::exchange(doubted_, true); }
  Wants TakeWants() {
    ders_fetched_ = ders_fetched_ || !wants_.ders.empty();
    return std::exchange(wants_, {});
  }

 private:
  Facts facts_;
  std::shared_ptr<const std::atomic<bool>> cancelled_;
  bool checked_ = false;
  std::string checked_scope_;
  bool doubted_ = false, ders_fetched_ = false;
  Wants wants_;
};

}  // namespace derms::server
