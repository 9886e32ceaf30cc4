// What an evaluation of a grid code curve costs on one core. One JSON line per figure; docs/benchmarks.md.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "libs/gridcode/droop.h"
#include "libs/gridcode/grid_support.h"
#include "libs/gridcode/testing/samples.h"
#include "libs/gridcode/volt_var.h"
#include "libs/gridcode/volt_watt.h"
#include "libs/gridcode/watt_var.h"

namespace derms::bench {
namespace {

using namespace derms::gridcode;  // NOLINT(google-build-using-namespace): this file is about nothing else

constexpr int kEvaluations = 1'000'000;
constexpr int kRounds = 9;
constexpr double kMustMs = 50;  // of a million curve evaluations

// Processor time of this thread: others on the machine do not count.
double CpuMs() {
  timespec used{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used);
  return 1e3 * static_cast<double>(used.tv_sec) + 1e-6 * static_cast<double>(used.tv_nsec);
}

// Best of some rounds, in milliseconds; `sum` keeps the compiler from leaving the work out.
template <typename Work>
double BestMs(Work work, double& sum) {
  double best_ms = 1e300;
  for (int round = 0; round < kRounds; ++round) {
    const double begin_ms = CpuMs();
    for (int i = 0; i < kEvaluations; ++i) sum += work(i);
    best_ms = std::min(best_ms, CpuMs() - begin_ms);
  }
  return best_ms;
}

void Print(const std::string& name, double ms, double must_ms) {
  nlohmann::json line = {{"benchmark", "gridcode"},
                         {"metric", name},
                         {"evaluations", kEvaluations},
                         {"ms", ms},
                         {"ns_each", ms * 1e6 / kEvaluations}};
  if (must_ms > 0) {
    line["must_ms"] = must_ms;
    line["met"] = ms <= must_ms;
  }
  std::puts(line.dump().c_str());
}

void Measure() {
  const Nameplate plate = gridcode::testing::StorageOf(NormalCategory::kB, AbnormalCategory::kIII);
  const Profile& profile = gridcode::testing::Ieee1547();
  Settings settings = profile.Defaults(plate);
  settings.volt_var.enabled = settings.volt_watt.enabled = true;
  // Voltages and frequencies that no branch predictor knows.
  std::vector<double> random(1 << 16);
  unsigned state = 1547;
  for (double& x : random) x = static_cast<double>((state = state * 1664525U + 1013904223U) >> 8) / (1 << 24);
  const auto at = [&random](int i) { return random[static_cast<std::size_t>(i) & 0xffff]; };

  double sum = 0;
  const double volt_var = BestMs([&](int i) { return VoltVarQ(settings.volt_var, 0.85 + 0.3 * at(i)); }, sum);
  const double watt_var = BestMs([&](int i) { return WattVarQ(settings.watt_var, 2 * at(i) - 1); }, sum);
  const double volt_watt = BestMs([&](int i) { return VoltWattLimit(settings.volt_watt, 1 + 0.15 * at(i)); }, sum);
  const double droop = BestMs([&](int i) { return DroopChange(settings.droop, 60, 59 + 2 * at(i)); }, sum);
  const Device device{profile, plate, settings};
  const double point = BestMs(
      [&](int i) {
        return EvaluatePoint(device, {0.85 + 0.3 * at(i), 59 + 2 * at(i + 1), 80, {}}).q_kvar;
      },
      sum);
  Print("volt_var", volt_var, kMustMs);
  Print("watt_var", watt_var, kMustMs);
  Print("volt_watt", volt_watt, kMustMs);
  Print("droop", droop, kMustMs);
  Print("whole_point", point, 0);
  if (!(sum < 1e300)) std::abort();
}

}  // namespace
}  // namespace derms::bench

int main() {
  derms::bench::Measure();
  return 0;
}
