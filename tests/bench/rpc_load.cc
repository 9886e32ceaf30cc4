// Puts load on a server over TLS with a bearer token and prints what it saw as one JSON line: rate, latencies, errors.
// Exits 1 when any call had another outcome than the expected one: such a run measures nothing.
#include <cstdio>

#include "tests/bench/bulk_load.h"
#include "tests/bench/unary_load.h"

int main(int argc, char** argv) {
  using namespace derms::bench;
  const LoadOptions options = ParseLoadOptions(argc, argv);
  const Target target(options);
  const double cpu_before = ProcessCpuSeconds();
  const std::vector<Tally> tallies =
      options.operation == "bulk_status" ? RunBulkLoad(options, target) : RunUnaryLoad(options, target);
  std::vector<const Tally*> all;
  for (const Tally& tally : tallies) all.push_back(&tally);
  std::puts(ReportLine(options, all, ProcessCpuSeconds() - cpu_before).c_str());
  return AnyFailed(all) ? 1 : 0;
}
