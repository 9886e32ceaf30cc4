#include "libs/server/pg_storage.h"

#include <fstream>
#include <optional>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/time/clock.h"
#include "libs/base/error.h"
#include "libs/base/ids.h"
#include "libs/server/role_binding.h"
#include "libs/store/background_loop.h"
#include "libs/store/catch_up.h"
#include "libs/store/chain_follower.h"
#include "libs/store/chain_writer.h"
#include "libs/store/db_clock.h"
#include "libs/store/expansion.h"
#include "libs/store/group_committer.h"
#include "libs/store/housekeeping.h"
#include "libs/store/lease.h"
#include "libs/store/memory_read_model.h"
#include "libs/store/migrate.h"
#include "libs/store/pg_approvals.h"
#include "libs/store/pg_controls.h"
#include "libs/store/pg_history.h"
#include "libs/store/pg_queries.h"
#include "libs/store/pool.h"
#include "libs/store/role_cache.h"

namespace derms::server {
namespace {

constexpr absl::Duration kReadyWhileHeard = absl::Seconds(3);  // of the database; memory reads go on for longer
constexpr absl::Duration kConnectTimeout = absl::Seconds(10);
constexpr absl::Duration kKeepConnectedEvery = absl::Seconds(5);
constexpr std::size_t kVitalConnections = 2, kReservedConnections = 2, kPatientConnections = 2;

class PgArchive final : public Archive {
 public:
  PgArchive(store::Queries& queries, store::MemoryReadModel& fleet, store::RoleCache& roles)
      : queries_(queries), fleet_(fleet), roles_(roles) {}
  void Follow(store::Pool& pool, const store::ChainFollower& follower) { catch_up_.emplace(pool, follower); }
  absl::Status LoadDers(const std::vector<std::string>& der_ids, absl::Time deadline) override {
    ASSIGN_OR_RETURN(const auto ders, queries_.LoadDers(der_ids, deadline));
    for (const auto& der : ders) fleet_.OnNewerRow(der);
    return absl::OkStatus();
  }
  absl::Status CatchUp(absl::Time deadline) override {
    RETURN_IF_ERROR(roles_.Refresh());  // do not come with the events
    return catch_up_->Await(deadline);
  }
  absl::StatusOr<std::optional<std::string>> FindResponse(const store::Idempotency& request,
                                                          absl::Time deadline) override {
    ASSIGN_OR_RETURN(auto known, queries_.FindResponse(request.der_key, store::RequestKeyOf(request), deadline));
    if (!known) return std::nullopt;
    if (known->request_sha256 != request.request_sha256) {
      return base::InvalidArgument("REQUEST_ID_REUSED", "this request_id was used for another request; make a new one");
    }
    return std::move(known->response_bytes);
  }

 private:
  store::Queries& queries_;
  store::MemoryReadModel& fleet_;
  store::RoleCache& roles_;
  std::optional<store::CatchUp> catch_up_;  // from Follow on, before any call
};

class SequenceGauge final : public store::EventListener {
 public:
  explicit SequenceGauge(observe::Metrics& metrics) : metrics_(metrics) {}
  void OnEvents(const std::vector<domain::Event>& events) override {
    if (!events.empty()) metrics_.SetEventSequence(events.back().sequence);
  }

 private:
  observe::Metrics& metrics_;
};

store::GroupCommitter::Hooks CommitHooks(observe::Metrics& metrics, observe::Logger& logger) {
  store::GroupCommitter::Hooks hooks;
  hooks.on_batch = [&metrics](std::size_t mutations, absl::Duration took) {
    metrics.CommitBatch(mutations, absl::ToDoubleSeconds(took));
  };
  hooks.on_doubt_settled = [&metrics, &logger](bool stored) {
    metrics.CommitInDoubt();
    logger.Warning("a commit in doubt was settled", {{"stored", stored}});
  };
  hooks.on_doubt_unsettled = [&metrics, &logger] {
    metrics.CommitInDoubt();
    logger.Error("a commit stays in doubt: its callers were told to repeat it", {});
  };
  hooks.on_connection = [&logger](bool connected) {
    logger.Warning(connected ? "committer connected" : "committer lost the database", {});
  };
  hooks.on_refused = [&logger](const absl::Status& status) {
    logger.Error("SQL refused a mutation", {{"error", std::string(status.message())}});
  };
  return hooks;
}

// One line when an error begins and not one per try.
std::function<void(const absl::Status&)> LogOnce(observe::Logger& logger, const char* what) {
  return [&logger, what, last = std::string()](const absl::Status& status) mutable {
    if (last == std::string(status.message())) return;
    last = std::string(status.message());
    logger.Warning(what, {{"error", last}});
  };
}

// Connections that no other call can keep busy.
struct ReservedWay {
  ReservedWay(const store::ConnectOptions& connect, const std::string& instance_id, store::GroupCommitter::Hooks hooks,
              store::MemoryReadModel& fleet, store::RoleCache& roles, base::IdSource& ids)
      : pool({.connect = connect, .max_connections = kReservedConnections}),
        queries(pool),
        approvals(pool),
        archive(queries, fleet, roles),
        committer({.connect = connect, .instance_id = instance_id}, std::move(hooks), {&fleet, &roles}, ids) {}
  // One connection for reads is opened before it is needed, when the database may have no room for it, and again soon
  // after it was lost; the committer does the same with its own.
  absl::Status KeepConnected() {
    const absl::Status connected = Connect();
    if (connected.ok()) {
      keeper.emplace([this] {
        Connect().IgnoreError();  // tried again
        return kKeepConnectedEvery;
      });
    }
    return connected;
  }
  absl::Status Connect() {
    return pool.Read(absl::Now() + kConnectTimeout,
                     [](store::Transaction& transaction) { transaction.Execute("SELECT 1"); });
  }

  store::Pool pool;
  store::PgQueries queries;
  store::PgApprovalQueries approvals;
  PgArchive archive;
  store::GroupCommitter committer;
  std::optional<store::BackgroundLoop> keeper;  // last: uses the pool
};

// What the operator of the database reads in pg_stat_activity.
store::ConnectOptions ForOrders(store::ConnectOptions connect) {
  connect.application_name += " orders";
  return connect;
}

class PgStorage final : public Storage {
 public:
  PgStorage(store::ConnectOptions connect, std::size_t connections, observe::Metrics& metrics, observe::Logger& logger)
      : connect_(std::move(connect)),
        metrics_(metrics),
        logger_(logger),
        pool_({.connect = connect_, .max_connections = connections}),
        vital_pool_({.connect = connect_, .max_connections = kVitalConnections}),
        patient_pool_({.connect = connect_, .max_connections = kPatientConnections}),
        clock_({}, vital_pool_),
        instance_id_(ids_.NewId()),
        queries_(pool_),
        control_queries_(pool_),
        approvals_(pool_),
        history_(pool_, queries_),
        leases_(vital_pool_),
        expansions_(patient_pool_),
        fleet_({.connect = connect_, .instance_id = instance_id_}, pool_, queries_),
        role_cache_({}, vital_pool_),
        roles_(role_cache_),
        archive_(queries_, fleet_, role_cache_),
        gauge_(metrics),
        listeners_({&fleet_, &gauge_}),
        committer_({.connect = connect_, .instance_id = instance_id_}, CommitHooks(metrics, logger),
                   {&fleet_, &role_cache_}, ids_) {}
  ~PgStorage() override { Drain(); }

  const base::Clock& clock() const override { return clock_; }
  store::Committer& committer() override { return committer_; }
  store::Queries& queries() override { return queries_; }
  store::ControlQueries& control_queries() override { return control_queries_; }
  store::ApprovalQueries& approvals() override { return approvals_; }
  store::History& history() override { return history_; }
  store::Leases& leases() override { return leases_; }
  store::Expansions& expansions() override { return expansions_; }
  const store::ReadModel& fleet() const override { return fleet_; }
  const auth::RoleSource& roles() const override { return roles_; }
  Archive& archive() override { return archive_; }
  Reserved reserved() override {
    if (!reserved_) {
      reserved_.emplace(ForOrders(connect_), instance_id_, CommitHooks(metrics_, logger_), fleet_, role_cache_, ids_);
    }
    return {reserved_->committer, reserved_->archive, reserved_->queries, reserved_->approvals};
  }
  void Follow(store::EventListener& listener) override { listeners_.push_back(&listener); }
  void Observe(store::FleetObserver& observer) override { fleet_.Observe(observer); }

  absl::Status Start() override {
    RETURN_IF_ERROR(store::CheckSchemaVersion(connect_));
    RETURN_IF_ERROR(clock_.Measure());
    RETURN_IF_ERROR(role_cache_.Refresh());
    ASSIGN_OR_RETURN(const std::int64_t sequence, fleet_.Load());
    housekeeping_.emplace(store::Housekeeping::Options(), pool_);
    store::ChainWriter::Hooks writer_hooks;
    writer_hooks.on_leadership = [this](bool leading) { logger_.Info("event chain", {{"leading", leading}}); };
    writer_hooks.on_error = LogOnce(logger_, "the event chain cannot be written");
    store::ChainFollower::Hooks follower_hooks;
    follower_hooks.on_heard = [this] { fleet_.Heard(); };
    follower_hooks.on_error = LogOnce(logger_, "the event chain cannot be read");
    chain_follower_.emplace(store::ChainFollower::Options{.after_sequence = sequence}, std::move(follower_hooks),
                            queries_, listeners_);
    archive_.Follow(pool_, *chain_follower_);
    if (reserved_) reserved_->archive.Follow(reserved_->pool, *chain_follower_);
    if (reserved_) RETURN_IF_ERROR(reserved_->KeepConnected());
    writer_hooks.on_events = [this](const std::vector<domain::Event>& events) { chain_follower_->Offer(events); };
    chain_writer_.emplace(store::ChainWriter::Options{.connect = connect_}, std::move(writer_hooks));
    return absl::OkStatus();
  }
  absl::Status Ready() const override {
    if (fleet_.Age() <= kReadyWhileHeard) return absl::OkStatus();
    return base::Unavailable("DATABASE_UNAVAILABLE", "the database has not answered for some seconds");
  }
  void Drain() override {
    committer_.Drain();
    if (reserved_) reserved_->committer.Drain();
    chain_writer_.reset();
    chain_follower_.reset();
    housekeeping_.reset();
  }

 private:
  const store::ConnectOptions connect_;
  observe::Metrics& metrics_;
  observe::Logger& logger_;
  base::RandomIdSource ids_;
  store::Pool pool_;
  store::Pool vital_pool_;    // roles, time, leases: slow reads of callers must not make them stale
  store::Pool patient_pool_;  // what a million rows hang on: it must not keep callers waiting
  store::DbClock clock_;
  const std::string instance_id_;  // of this process: its own readings need no second look
  store::PgQueries queries_;
  store::PgControlQueries control_queries_;
  store::PgApprovalQueries approvals_;
  store::PgHistory history_;
  store::PgLeases leases_;
  store::PgExpansions expansions_;
  store::MemoryReadModel fleet_;
  store::RoleCache role_cache_;
  RoleBinding roles_;
  PgArchive archive_;
  SequenceGauge gauge_;
  std::vector<store::EventListener*> listeners_;
  store::GroupCommitter committer_;
  std::optional<ReservedWay> reserved_;
  std::optional<store::Housekeeping> housekeeping_;
  std::optional<store::ChainWriter> chain_writer_;
  std::optional<store::ChainFollower> chain_follower_;
};

// Backslash before quotes and backslashes: key=value form of libpq.
std::string Quoted(const std::string& text) {
  std::string quoted;
  for (char c : text) {
    if (c == '\'' || c == '\\') quoted += '\\';
    quoted += c;
  }
  return quoted;
}

std::string PercentEncoded(const std::string& text) {
  std::string encoded;
  for (char c : text) absl::StrAppendFormat(&encoded, "%%%02X", static_cast<unsigned char>(c));
  return encoded;
}

}  // namespace

std::string WithPassword(const std::string& database_url, const std::string& password) {
  if (database_url.find("://") == std::string::npos) {
    return absl::StrCat(database_url, " password='", Quoted(password), "'");
  }
  const bool has_parameters = database_url.find('?') != std::string::npos;
  return absl::StrCat(database_url, has_parameters ? "&" : "?", "password=", PercentEncoded(password));
}

absl::StatusOr<std::unique_ptr<Storage>> OpenPgStorage(const ServiceIdentity& identity, const Config& config,
                                                       observe::Metrics& metrics, observe::Logger& logger) {
  store::ConnectOptions connect;
  connect.database_url = config.database_url;
  connect.application_name = identity.name;
  if (!config.database_password_file.empty()) {
    std::ifstream file(config.database_password_file);
    std::string password;
    if (!std::getline(file, password)) {
      return base::InvalidArgument(
          "BAD_SETTING", absl::StrCat("--database-password-file: cannot read ", config.database_password_file));
    }
    connect.database_url = WithPassword(connect.database_url, password);
  }
  RETURN_IF_ERROR(store::ConnInfo(connect).status());
  return std::make_unique<PgStorage>(std::move(connect), static_cast<std::size_t>(config.database_connections), metrics,
                                     logger);
}

}  // namespace derms::server
