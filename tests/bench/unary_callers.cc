#include "tests/bench/unary_callers.h"

#include <string>
#include <utility>

#include "derms/v1/emergency.grpc.pb.h"
#include "derms/v1/registry.grpc.pb.h"
#include "libs/base/ids.h"

namespace derms::bench {
namespace {

using Done = std::function<void(grpc::Status)>;

grpc::Status Unless(bool expected, const char* what) {
  return expected ? grpc::Status::OK : grpc::Status(grpc::StatusCode::DATA_LOSS, what);
}

// Every in_flight-th DER from the caller's own on.
class OwnDers {
 public:
  OwnDers(const LoadOptions& options, int index) : first_(index), step_(options.in_flight), count_(options.ders) {}
  std::string Next() {
    const int number = next_;
    next_ = number + step_ < count_ ? number + step_ : first_;
    return DerId(number);
  }

 private:
  const int first_, step_, count_;
  int next_ = first_;
};

// GetDer; of a server that answers a constant ("echo"), any DER will do.
class GetDerCaller final : public UnaryCaller {
 public:
  GetDerCaller(const LoadOptions& options, int index, std::shared_ptr<grpc::Channel> channel)
      : stub_(std::move(channel)), ders_(options, index), constant_(options.operation == "echo") {}

  void Send(grpc::ClientContext* context, Done done) override {
    request_.set_der_id(ders_.Next());
    response_.Clear();
    stub_.async()->GetDer(context, &request_, &response_, [this, done = std::move(done)](grpc::Status status) {
      const bool expected = constant_ ? response_.has_der() : response_.der().der_id() == request_.der_id();
      done(status.ok() ? Unless(expected, "another DER") : status);
    });
  }

 private:
  v1::RegistryService::Stub stub_;
  OwnDers ders_;
  const bool constant_;
  v1::GetDerRequest request_;
  v1::GetDerResponse response_;
};

// UpdateDerStatus: each DER goes ONLINE, then OFFLINE as it was.
class UpdateStatusCaller final : public UnaryCaller {
 public:
  UpdateStatusCaller(const LoadOptions& options, int index, std::shared_ptr<grpc::Channel> channel)
      : stub_(std::move(channel)), ders_(options, index), request_ids_(options.request_ids) {}

  void Send(grpc::ClientContext* context, Done done) override {
    online_ = !online_;
    if (online_) request_.set_der_id(ders_.Next());
    request_.set_status(online_ ? v1::DER_STATUS_ONLINE : v1::DER_STATUS_OFFLINE);
    if (request_ids_) request_.set_request_id(ids_.NewId());
    response_.Clear();
    stub_.async()->UpdateDerStatus(context, &request_, &response_, [this, done = std::move(done)](grpc::Status status) {
      done(status.ok() ? Unless(response_.stored_status() == request_.status(), "another status") : status);
    });
  }
  bool may_stop() const override { return !online_; }

 private:
  v1::RegistryService::Stub stub_;
  OwnDers ders_;
  const bool request_ids_;
  base::RandomIdSource ids_;
  bool online_ = false;
  v1::UpdateDerStatusRequest request_;
  v1::UpdateDerStatusResponse response_;
};

// AllocateEmergency over ALL_DERS, then, unmeasured, its release.
class EmergencyCaller final : public UnaryCaller {
 public:
  EmergencyCaller(const LoadOptions& options, std::shared_ptr<grpc::Channel> channel) : stub_(std::move(channel)) {
    allocate_.set_der_id(std::string(base::kAllDers));
    allocate_.set_power_kw(options.power_kw);
    allocate_.mutable_duration()->set_seconds(60);
    allocate_.set_reason("benchmark");
    allocate_.set_expected_count(options.ders);
    // Back at once: orders are measured, not what is on its way back from those before.
    release_.mutable_restoration()->mutable_delay();
    release_.mutable_restoration()->mutable_window()->set_seconds(1);
    release_.mutable_restoration()->mutable_ramp()->set_seconds(1);
  }

  void Send(grpc::ClientContext* context, Done done) override {
    in_force_ = !in_force_;
    in_force_ ? Allocate(context, std::move(done)) : Release(context, std::move(done));
  }
  bool measured() const override { return in_force_; }
  bool may_stop() const override { return !in_force_; }

 private:
  void Allocate(grpc::ClientContext* context, Done done) {
    allocate_.set_request_id(ids_.NewId());
    allocated_.Clear();
    stub_.async()->AllocateEmergency(
        context, &allocate_, &allocated_, [this, done = std::move(done)](grpc::Status status) {
          const v1::EmergencyOrder& order = allocated_.order();
          const bool expected = order.der_count() + order.unbound_count() == allocate_.expected_count();
          done(status.ok() ? Unless(expected, "another number of DERs") : status);
        });
  }
  void Release(grpc::ClientContext* context, Done done) {
    release_.set_emergency_id(allocated_.order().emergency_id());
    stub_.async()->ReleaseEmergency(context, &release_, &released_, std::move(done));
  }

  v1::EmergencyService::Stub stub_;
  base::RandomIdSource ids_;
  bool in_force_ = false;
  v1::AllocateEmergencyRequest allocate_;
  v1::AllocateEmergencyResponse allocated_;
  v1::ReleaseEmergencyRequest release_;
  v1::ReleaseEmergencyResponse released_;
};

}  // namespace

std::unique_ptr<UnaryCaller> MakeUnaryCaller(const LoadOptions& options, int index,
                                             std::shared_ptr<grpc::Channel> channel) {
  if (options.operation == "update_status") {
    return std::make_unique<UpdateStatusCaller>(options, index, std::move(channel));
  }
  if (options.operation == "emergency") return std::make_unique<EmergencyCaller>(options, std::move(channel));
  return std::make_unique<GetDerCaller>(options, index, std::move(channel));
}

}  // namespace derms::bench
