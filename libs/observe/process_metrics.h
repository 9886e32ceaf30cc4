// Figures of the process itself, read from /proc when scraped; names as Prometheus' own client libraries use them.
#pragma once

#include <prometheus/collectable.h>

#include <memory>

namespace derms::observe {

std::shared_ptr<prometheus::Collectable> MakeProcessMetrics();

}  // namespace derms::observe
