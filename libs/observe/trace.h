// W3C trace context, level 1 (header `traceparent`): lets one request be followed across services and logs.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "libs/base/ids.h"

namespace derms::observe {

struct TraceContext {
  std::string trace_id;  // 32 lower-case hex digits, not all zero
  std::string span_id;   // 16 lower-case hex digits, not all zero
  bool sampled = false;

  std::string ToTraceparent() const;  // "00-<trace_id>-<span_id>-01"
};

// Nothing when the header breaks the rules of the specification: the caller then begins a trace of its own.
std::optional<TraceContext> ParseTraceparent(std::string_view header);

// The parent's trace with a span of our own, or a new trace when there is no parent.
TraceContext ContinueTrace(const std::optional<TraceContext>& parent, base::IdSource& ids);

}  // namespace derms::observe
