// For tests: services that keep just enough state to be asked about. Not thread-safe: one call at a time.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "derms/v1/access.grpc.pb.h"
#include "derms/v1/emergency.grpc.pb.h"
#include "derms/v1/optimizer.grpc.pb.h"
#include "derms/v1/registry.grpc.pb.h"
#include "derms/v1/series.grpc.pb.h"
#include "derms/v1/telemetry.grpc.pb.h"
#include "google/rpc/error_details.pb.h"

namespace derms::dermsctl::testing {

inline google::rpc::Status Refusal(int code, const std::string& reason, const std::string& message) {
  google::rpc::Status status;
  status.set_code(code);
  status.set_message(message);
  google::rpc::ErrorInfo info;
  info.set_reason(reason);
  info.set_domain("derms");
  status.add_details()->PackFrom(info);
  return status;
}

inline grpc::Status ToGrpc(const google::rpc::Status& status) {
  return {static_cast<grpc::StatusCode>(status.code()), status.message(), status.SerializeAsString()};
}

class Registry final : public v1::RegistryService::Service {
 public:
  grpc::Status RegisterDers(
      grpc::ServerContext*,
      grpc::ServerReaderWriter<v1::RegisterDersResponse, v1::RegisterDersRequest>* stream) override {
    v1::RegisterDersRequest message;
    while (stream->Read(&message)) {
      v1::RegisterDersResponse answer;
      for (const auto& item : message.items()) Register(item, answer.add_results());
      stream->Write(answer);
    }
    return grpc::Status::OK;
  }

  // Two DERs a page, whatever was asked.
  grpc::Status ListDers(grpc::ServerContext*, const v1::ListDersRequest* request,
                        v1::ListDersResponse* response) override {
    auto it = request->page_token().empty() ? ders.begin() : ders.upper_bound(request->page_token());
    for (int n = 0; n < 2 && it != ders.end(); ++n, ++it) *response->add_ders() = it->second;
    if (it != ders.end()) response->set_next_page_token(std::prev(it)->first);
    return grpc::Status::OK;
  }

  grpc::Status UpdateDerStatuses(
      grpc::ServerContext*,
      grpc::ServerReaderWriter<v1::UpdateDerStatusesResponse, v1::UpdateDerStatusesRequest>* stream) override {
    v1::UpdateDerStatusesRequest message;
    while (stream->Read(&message)) {
      v1::UpdateDerStatusesResponse answer;
      for (const auto& item : message.items()) {
        ders[item.der_id()].set_stored_status(item.status());
        answer.add_results()->set_der_id(item.der_id());
      }
      stream->Write(answer);
    }
    return grpc::Status::OK;
  }

  grpc::Status UpdateDerStatus(grpc::ServerContext*, const v1::UpdateDerStatusRequest*,
                               v1::UpdateDerStatusResponse*) override {
    google::rpc::Status refusal =
        Refusal(grpc::FAILED_PRECONDITION, "INVALID_STATUS_TRANSITION", "MAINTENANCE leads to OFFLINE only");
    google::rpc::PreconditionFailure failure;
    auto* violation = failure.add_violations();
    violation->set_subject("allowed");
    violation->set_description("OFFLINE");
    refusal.add_details()->PackFrom(failure);
    return ToGrpc(refusal);
  }

  grpc::Status PutRegion(grpc::ServerContext*, const v1::PutRegionRequest* request, v1::PutRegionResponse*) override {
    regions.push_back(request->region().region_id());
    return grpc::Status::OK;
  }

  std::map<std::string, v1::Der> ders;
  std::vector<std::string> regions;

 private:
  void Register(const v1::RegisterDerRequest& item, v1::ItemResult* result) {
    result->set_der_id(item.der_id());
    if (ders.contains(item.der_id())) {
      *result->mutable_error() = Refusal(grpc::ALREADY_EXISTS, "DER_EXISTS", "it is registered");
    } else if (item.capacity_kw() > 30'000) {
      *result->mutable_error() = Refusal(grpc::INVALID_ARGUMENT, "INVALID_CAPACITY", "at most 30000 kW");
    } else {
      v1::Der& der = ders[item.der_id()];
      der.set_der_id(item.der_id());
      der.set_type(item.type());
      der.set_capacity_kw(item.capacity_kw());
      der.set_stored_status(v1::DER_STATUS_OFFLINE);
      der.set_status(v1::DER_STATUS_OFFLINE);
    }
  }
};

class Access final : public v1::AccessService::Service {
 public:
  grpc::Status WhoAmI(grpc::ServerContext*, const v1::WhoAmIRequest*, v1::WhoAmIResponse*) override {
    return {grpc::UNAUTHENTICATED, "TOKEN_EXPIRED: the token ended; get a new one"};
  }
};

class Telemetry final : public v1::TelemetryService::Service {
 public:
  grpc::Status ReportReadings(
      grpc::ServerContext*,
      grpc::ServerReaderWriter<v1::ReportReadingsResponse, v1::ReportReadingsRequest>* stream) override {
    v1::ReportReadingsRequest message;
    while (stream->Read(&message)) {
      readings.insert(readings.end(), message.readings().begin(), message.readings().end());
      v1::ReportReadingsResponse answer;
      answer.set_accepted(message.readings_size());
      stream->Write(answer);
    }
    return grpc::Status::OK;
  }

  grpc::Status WatchEvents(grpc::ServerContext*, const v1::WatchEventsRequest* request,
                           grpc::ServerWriter<v1::WatchEventsResponse>* writer) override {
    v1::WatchEventsResponse message;
    auto* event = message.add_events();
    event->set_sequence(request->after_sequence() + 1);
    event->set_name("der_status_updated");
    event->set_der_id("SOLAR-01");
    event->set_old_status(v1::DER_STATUS_OFFLINE);
    event->set_new_status(v1::DER_STATUS_ONLINE);
    event->mutable_occurred_at()->set_seconds(1);
    event->set_summary("escape \x1b[31m");
    writer->Write(message);
    return {grpc::UNAVAILABLE, "going away"};  // one event per stream: the watch has to resume
  }

  std::vector<v1::Reading> readings;
};

class Series final : public v1::SeriesService::Service {
 public:
  grpc::Status PutSeries(grpc::ServerContext*, const v1::PutSeriesRequest* request, v1::PutSeriesResponse*) override {
    stored.push_back(request->series());
    return grpc::Status::OK;
  }
  std::vector<v1::Series> stored;
};

// Two intervals, the first of which has the lowest frequency and the second the least score.
inline void AddGrid(v1::GridStabilityReport& report) {
  report.set_asked(true);
  report.set_least_score(4);
  auto& region = *report.add_regions();
  region.set_region_id("CA");
  region.set_frequency_source(v1::GRID_CONDITION_SOURCE_MEASURED);
  region.set_voltage_source(v1::GRID_CONDITION_SOURCE_NOMINAL);
  for (const int score : {9, 4}) {
    auto& at = *region.add_intervals();
    at.set_lowest_frequency_hz(score == 9 ? 59.5 : 59.9);
    at.set_highest_frequency_hz(60);
    at.set_lowest_voltage_pu(1);
    at.set_highest_voltage_pu(1);
    at.set_need_up_kw(score == 9 ? 154.7 : 21.3);
    at.set_frequency_margin(score == 9 ? 1 : 0.6);
    at.set_voltage_margin(1);
    at.set_reserve_margin(score == 9 ? 1 : 0.25);
    at.set_ramp_margin(0.5);
    at.set_headroom_up_kw(score == 9 ? 200 : 80);
    at.set_headroom_down_kw(score == 9 ? 200 : 90);
    at.set_score(score);
  }
}

class Optimizer final : public v1::OptimizerService::Service {
 public:
  grpc::Status OptimizeResources(grpc::ServerContext*, const v1::OptimizeResourcesRequest* request,
                                 v1::OptimizeResourcesResponse* response) override {
    requests.push_back(*request);
    v1::OptimizationRun* run = response->mutable_run();
    run->set_run_id(request->excluded_types().empty() ? "with" : "without");
    run->set_objective_usd(request->excluded_types().empty() ? 900 : 1000);
    run->mutable_cost()->set_import_usd(run->objective_usd());
    run->mutable_interval()->set_seconds(3600);
    run->set_interval_count(24);
    run->set_state(v1::RUN_STATE_OPTIMAL);
    run->set_bound_proof(v1::BOUND_PROOF_RECOMPUTED);
    if (request->has_robust()) {
      run->mutable_robust()->set_confidence(request->robust().confidence());
      run->mutable_robust()->set_error_count(59);
      run->mutable_robust()->set_asked_kwh(1200);
      run->mutable_robust()->set_cost_usd(12.5);
    }
    if (!request->grid_conditions().empty()) AddGrid(*run->mutable_grid_stability());
    return grpc::Status::OK;
  }
  // Two steps, then the end that `run_failure` says.
  grpc::Status WatchRun(grpc::ServerContext*, const v1::WatchRunRequest* request,
                        grpc::ServerWriter<v1::WatchRunResponse>* writer) override {
    v1::WatchRunResponse message;
    v1::OptimizationRun* run = message.mutable_run();
    run->set_run_id(request->run_id());
    run->set_state(v1::RUN_STATE_RUNNING);
    run->mutable_progress()->set_phase("greedy");
    run->mutable_progress()->set_best_objective_usd(1200);
    writer->Write(message);
    run->mutable_progress()->set_phase("milp");
    run->mutable_progress()->set_gap(0.0125);
    run->mutable_progress()->mutable_elapsed()->set_seconds(3);
    writer->Write(message);
    run->clear_progress();
    run->set_state(run_failure.reason().empty() ? v1::RUN_STATE_OPTIMAL : v1::RUN_STATE_FAILED);
    if (!run_failure.reason().empty()) *run->mutable_failure() = run_failure;
    writer->Write(message);
    return grpc::Status::OK;
  }
  grpc::Status CancelRun(grpc::ServerContext*, const v1::CancelRunRequest* request,
                         v1::CancelRunResponse* response) override {
    response->mutable_run()->set_run_id(request->run_id());
    response->mutable_run()->set_state(v1::RUN_STATE_RUNNING);
    response->mutable_run()->set_cancelled_by("me");
    return grpc::Status::OK;
  }
  v1::RunFailure run_failure;
  // Buys everything from the grid.
  grpc::Status SolveDispatch(grpc::ServerContext*, const v1::SolveDispatchRequest* request,
                             v1::SolveDispatchResponse* response) override {
    solved.push_back(*request);
    v1::DispatchSolution* solution = response->mutable_solution();
    solution->set_status(v1::SOLVE_STATUS_OPTIMAL);
    solution->set_solver("clp-lp");
    solution->mutable_cost()->set_import_usd(12);
    solution->mutable_cost()->set_total_usd(12);
    v1::RegionSchedule* region = solution->add_regions();
    region->set_region_id(request->problem().regions(0).region_id());
    v1::DeviceSchedule* device = solution->add_devices();
    device->set_device_id("BATTERY");
    for (int t = 0; t < request->problem().interval_count(); ++t) {
      region->add_net_import_kw(5 + t);
      region->add_shadow_price_usd_per_kwh(0.25);
      device->add_power_kw(-1);
      device->add_state_of_charge_kwh(7 + t);
    }
    if (request->relax()) {
      v1::GivenUpRequirement* given_up = solution->add_given_up();
      given_up->set_name("final_energy");
      given_up->set_subject_id("BATTERY");
      given_up->set_amount(3);
      given_up->set_unit("kWh");
    }
    v1::BindingLimit* limit = solution->add_binding();
    limit->set_name("import_limit");
    limit->set_subject_id("home");
    limit->set_interval(1);
    limit->set_shadow_price_usd_per_kw(0.5);
    response->mutable_certificate()->set_cost_usd(12);
    response->mutable_certificate()->set_lower_bound_usd(11.5);
    response->mutable_certificate()->set_relative_gap(0.5 / 12);
    response->mutable_certificate()->set_bound_proof(v1::BOUND_PROOF_RECOMPUTED);
    return grpc::Status::OK;
  }
  grpc::Status ListSchedules(grpc::ServerContext*, const v1::ListSchedulesRequest*,
                             v1::ListSchedulesResponse*) override {
    return grpc::Status::OK;
  }
  grpc::Status PutPolicy(grpc::ServerContext*, const v1::PutPolicyRequest* request,
                         v1::PutPolicyResponse* response) override {
    v1::OptimizationPolicy& policy = *response->mutable_policy();
    policy = request->policy();
    policy.set_revision(1);
    policy.mutable_next_due_at()->set_seconds(900);
    if (!request->validate_only()) policies[policy.policy_id()] = policy;
    return grpc::Status::OK;
  }
  grpc::Status ListPolicies(grpc::ServerContext*, const v1::ListPoliciesRequest*,
                            v1::ListPoliciesResponse* response) override {
    for (const auto& [id, policy] : policies) *response->add_policies() = policy;
    return grpc::Status::OK;
  }
  grpc::Status DeletePolicy(grpc::ServerContext*, const v1::DeletePolicyRequest* request,
                            v1::DeletePolicyResponse*) override {
    if (policies.erase(request->policy_id()) > 0) return grpc::Status::OK;
    return ToGrpc(Refusal(grpc::NOT_FOUND, "POLICY_NOT_FOUND", "there is no such policy"));
  }
  std::map<std::string, v1::OptimizationPolicy> policies;
  std::vector<v1::SolveDispatchRequest> solved;
  std::vector<v1::OptimizeResourcesRequest> requests;
};

class Emergency final : public v1::EmergencyService::Service {
 public:
  grpc::Status AllocateEmergency(grpc::ServerContext*, const v1::AllocateEmergencyRequest* request,
                                 v1::AllocateEmergencyResponse* response) override {
    requests.push_back(*request);
    v1::EmergencyOrder* order = response->mutable_order();
    if (!request->validate_only()) order->set_emergency_id(absl::StrCat("order-", requests.size()));
    order->set_der_id(request->der_id());
    order->set_der_count(36);
    order->set_kind(v1::EMERGENCY_KIND_CURTAIL_ALL);
    if (request->require_approval()) {
      order->set_state(v1::EMERGENCY_STATE_PENDING_APPROVAL);
    } else if (!request->validate_only()) {
      live.insert(order->emergency_id());
    }
    return grpc::Status::OK;
  }
  grpc::Status ApproveEmergency(grpc::ServerContext*, const v1::ApproveEmergencyRequest* request,
                                v1::ApproveEmergencyResponse* response) override {
    verdicts.push_back(*request);
    v1::EmergencyOrder* order = response->mutable_order();
    order->set_emergency_id(request->emergency_id());
    order->set_issued_by("operator-1");
    order->set_approved_by("admin-1");
    order->mutable_decided_at()->set_seconds(1'700'000'000);
    order->set_decision_reason(request->reason());
    order->set_state(request->decline() ? v1::EMERGENCY_STATE_DECLINED : v1::EMERGENCY_STATE_ACTIVE);
    return grpc::Status::OK;
  }
  grpc::Status ListEmergencies(grpc::ServerContext*, const v1::ListEmergenciesRequest*,
                               v1::ListEmergenciesResponse* response) override {
    for (const std::string& id : live) response->add_orders()->set_emergency_id(id);
    return grpc::Status::OK;
  }
  grpc::Status ReleaseEmergency(grpc::ServerContext*, const v1::ReleaseEmergencyRequest* request,
                                v1::ReleaseEmergencyResponse*) override {
    live.erase(request->emergency_id());
    return grpc::Status::OK;
  }
  // A change, then the end.
  grpc::Status WatchEmergency(grpc::ServerContext*, const v1::WatchEmergencyRequest* request,
                              grpc::ServerWriter<v1::WatchEmergencyResponse>* writer) override {
    v1::WatchEmergencyResponse message;
    v1::EmergencyOrder* order = message.mutable_order();
    order->set_emergency_id(request->emergency_id());
    order->set_der_count(36);
    order->set_state(v1::EMERGENCY_STATE_ACTIVE);
    v1::EmergencyProgress* progress = order->mutable_progress();
    progress->mutable_as_of()->set_seconds(1'600'000'000);
    progress->set_issued(20);
    progress->set_asked_nothing(4);
    writer->Write(message);
    order->set_state(v1::EMERGENCY_STATE_RELEASED);
    progress->set_issued(32);
    progress->set_complete(true);
    progress->set_acknowledged(30);
    progress->set_unresponsive(2);
    progress->set_reported(30);
    progress->set_requested_kw(320);
    progress->set_delivered_kw(288);
    progress->set_performance(0.9);
    progress->set_performance_band(v1::PERFORMANCE_BAND_PRO_RATA);
    writer->Write(message);
    return grpc::Status::OK;
  }
  std::vector<v1::AllocateEmergencyRequest> requests;
  std::vector<v1::ApproveEmergencyRequest> verdicts;
  std::set<std::string> live;
};

}  // namespace derms::dermsctl::testing
