#include "services/optimizer/hosted_optimizer.h"

#include <vector>

#include "libs/dispatch/portfolio.h"
#include "services/optimizer/optimizer_service.h"
#include "services/optimizer/run_keeper.h"

namespace derms::optimizer {
namespace {

constexpr absl::Duration kKeepEvery = absl::Seconds(1);

class HostedOptimizer final : public server::HostedServices {
 public:
  explicit HostedOptimizer(server::ServiceHost& host) : HostedOptimizer(host, host.storage(), host.ids().NewId()) {}

  std::vector<grpc::Service*> services() override { return {&optimizer_service_, &series_service_}; }
  void Start() override { keeper_.Start(kKeepEvery); }
  void Stop() override {
    executor_.Stop(patience_);
    keeper_.Stop();
  }

 private:
  HostedOptimizer(server::ServiceHost& host, server::Storage& storage, const std::string& runner)
      : patience_(absl::Seconds(host.config().drain_seconds) / 2),
        solver_(dispatch::MakePortfolio()),
        executor_({.runner = runner},
                  {*solver_, board_, storage.committer(), storage.clock(), host.ids(), host.logger()}),
        keeper_(runner, {board_, storage.queries(), storage.committer(), storage.clock(), host.ids(), host.logger()}),
        optimize_(storage.fleet(), storage.queries(), board_, executor_, host.ids()),
        runs_(storage.fleet(), storage.queries()),
        control_({storage.fleet(), storage.queries(), board_, storage.clock()}),
        series_(storage.queries(), host.ids()),
        solve_(*solver_),
        optimizer_service_(host.rpc(), optimize_, runs_, control_, solve_),
        series_service_(host.rpc(), series_) {
    host.metrics().AddGauge("derms_optimization_runs", "Runs of this process that are being solved or wait for it.",
                            [this] { return static_cast<double>(executor_.places_taken()); });
  }

  const absl::Duration patience_;
  const std::unique_ptr<dispatch::Solver> solver_;
  RunBoard board_;
  RunExecutor executor_;
  RunKeeper keeper_;
  const OptimizeHandlers optimize_;
  const RunHandlers runs_;
  const RunControlHandlers control_;
  const SeriesHandlers series_;
  const SolveHandlers solve_;
  const PolicyHandlers policies_;
  OptimizerService optimizer_service_;
  SeriesService series_service_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<server::HostedServices>> MakeOptimizer(server::ServiceHost& host) {
  return std::make_unique<HostedOptimizer>(host);
}

}  // namespace derms::optimizer
