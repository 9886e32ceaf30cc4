#include "services/registry/hosted_registry.h"

#include <fstream>
#include <iterator>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "libs/base/error.h"
#include "libs/base/sha256.h"
#include "libs/server/leadership.h"
#include "services/registry/admin_services.h"
#include "services/registry/compliance_service.h"
#include "services/registry/event_hub.h"
#include "services/registry/folding_judge.h"
#include "services/registry/history_keeper.h"
#include "services/registry/registry_service.h"
#include "services/registry/telemetry_service.h"

namespace derms::registry {
namespace {

constexpr char kHistoryLease[] = "reading-history";

absl::Duration KeptReadings(const server::Config& config) {
  return absl::Hours(24) * config.history_days;
}
HistoryKeeper::Options KeeperOptions(const server::Config& config) {
  return {.keep_readings = KeptReadings(config), .keep_hours = absl::Hours(24) * config.rollup_days};
}

// Only the digest stays in memory. The line end that editors and `echo` leave is not part of the secret.
absl::StatusOr<std::optional<base::Sha256Digest>> ReadBootstrapDigest(const std::string& file) {
  if (file.empty()) return std::optional<base::Sha256Digest>();
  std::ifstream in(file, std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
  const std::string secret(absl::StripSuffix(absl::StripSuffix(text, "\n"), "\r"));
  if (!in || secret.empty()) {
    return base::InvalidArgument("BOOTSTRAP_SECRET_UNREADABLE",
                                 absl::StrCat("cannot read a secret from --bootstrap-secret-file ", file));
  }
  return std::optional(base::Sha256(secret));
}

class HostedRegistry final : public server::HostedServices {
 public:
  HostedRegistry(server::ServiceHost& host, std::optional<base::Sha256Digest> bootstrap_digest,
                 gridcode::ProfileShelf profiles)
      : profiles_(std::move(profiles)),
        ders_(host.storage().fleet(), host.ids()),
        changes_(host.storage().fleet(), host.storage().queries(), host.ids()),
        maintenance_(host.storage().fleet(), host.storage().queries(), host.ids()),
        regions_(host.storage().fleet(), host.ids()),
        stats_(host.storage().fleet()),
        telemetry_(host.storage().fleet(), host.rpc().parts().validator, KeptReadings(host.config())),
        compliance_reports_(host.storage().fleet(), host.storage().history(), profiles_),
        reports_(host.storage().fleet(), host.storage().history(), compliance_reports_),
        watch_(host.storage().fleet(), host.storage().queries(), hub_),
        access_(host.storage().fleet(), host.storage().roles(), host.storage().queries(), host.ids(), bootstrap_digest),
        audit_(host.storage().queries()),
        evaluation_(profiles_),
        compliance_(host.storage().fleet(), host.storage().queries(), host.ids(), profiles_),
        judge_(profiles_, host.ids()),
        leadership_({.lease_name = kHistoryLease, .holder = host.ids().NewId(), .leads = "history of readings"},
                    host.storage().leases(), host.logger()),
        keeper_(
            KeeperOptions(host.config()), host.storage().history(), judge_, [this] { return leadership_.fence(); },
            host.storage().clock(), host.logger()),
        registry_service_(host.rpc(), ders_, changes_, maintenance_, regions_, stats_),
        telemetry_service_(host.rpc(), telemetry_, reports_, watch_),
        access_service_(host.rpc(), access_),
        audit_service_(host.rpc(), audit_),
        compliance_service_(host.rpc(), evaluation_, compliance_, compliance_reports_) {
    host.storage().Follow(hub_);
    host.metrics().AddGauge("derms_event_watchers", "Watchers of events that follow live.",
                            [this] { return static_cast<double>(hub_.watchers()); });
    host.metrics().AddGauge("derms_history_leader", "1 in the process that folds readings into hours.",
                            [this] { return leadership_.fence() ? 1.0 : 0.0; });
    host.metrics().AddCounter("derms_history_readings_total", "Readings that this process has folded into hours.",
                              [this] { return keeper_.folded_readings(); });
    host.metrics().AddCounter("derms_history_late_readings_total",
                              "Of these: too late to count, since other readings of their hour are no longer kept.",
                              [this] { return keeper_.late_readings(); });
  }

  std::vector<grpc::Service*> services() override {
    return {&registry_service_, &telemetry_service_, &access_service_, &audit_service_, &compliance_service_};
  }
  void Start() override {
    leadership_.Start();
    keeper_.Start();
  }
  void Stop() override {
    keeper_.Stop();
    leadership_.Stop();
  }

 private:
  const gridcode::ProfileShelf profiles_;
  EventHub hub_;
  const DerHandlers ders_;
  const DerChanges changes_;
  const MaintenanceHandlers maintenance_;
  const RegionHandlers regions_;
  const StatsHandlers stats_;
  const TelemetryHandlers telemetry_;
  const ComplianceReports compliance_reports_;
  const ReportHandlers reports_;
  const WatchHandlers watch_;
  const AccessHandlers access_;
  const AuditHandlers audit_;
  const ComplianceEvaluation evaluation_;
  const ComplianceHandlers compliance_;
  FoldingJudge judge_;
  server::Leadership leadership_;
  HistoryKeeper keeper_;
  RegistryService registry_service_;
  TelemetryService telemetry_service_;
  AccessService access_service_;
  AuditService audit_service_;
  ComplianceService compliance_service_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<server::HostedServices>> MakeRegistry(server::ServiceHost& host) {
  ASSIGN_OR_RETURN(const auto digest, ReadBootstrapDigest(host.config().bootstrap_secret_file));
  gridcode::ProfileShelf profiles;
  if (!host.config().grid_profiles.empty()) RETURN_IF_ERROR(profiles.AddFolder(host.config().grid_profiles));
  return std::make_unique<HostedRegistry>(host, digest, std::move(profiles));
}

}  // namespace derms::registry
