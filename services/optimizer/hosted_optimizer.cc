#include "services/optimizer/hosted_optimizer.h"

#include <vector>

#include "libs/dispatch/portfolio.h"
#include "services/optimizer/optimizer_service.h"

namespace derms::optimizer {
namespace {

class HostedOptimizer final : public server::HostedServices {
 public:
  explicit HostedOptimizer(server::ServiceHost& host)
      : solver_(dispatch::MakePortfolio()),
        optimize_(host.storage().fleet(), host.storage().queries(), *solver_, host.ids()),
        runs_(host.storage().fleet(), host.storage().queries()),
        series_(host.storage().queries(), host.ids()),
        solve_(*solver_),
        policies_(host.storage().fleet(), host.storage().queries(), host.ids()),
        optimizer_service_(host.rpc(), optimize_, runs_, solve_, policies_),
        series_service_(host.rpc(), series_) {}

  std::vector<grpc::Service*> services() override { return {&optimizer_service_, &series_service_}; }

 private:
  const std::unique_ptr<dispatch::Solver> solver_;
  const OptimizeHandlers optimize_;
  const RunHandlers runs_;
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
