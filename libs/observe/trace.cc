#include "libs/observe/trace.h"

#include <algorithm>

#include "absl/strings/str_cat.h"

namespace derms::observe {
namespace {

bool IsLowerHex(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

bool IsId(std::string_view text) {
  return IsLowerHex(text) && text.find_first_not_of('0') != std::string_view::npos;
}

std::string HexOfUuid(base::IdSource& ids) {
  std::string id = ids.NewId();
  id.erase(std::remove(id.begin(), id.end(), '-'), id.end());
  return id;
}

}  // namespace

std::string TraceContext::ToTraceparent() const {
  return absl::StrCat("00-", trace_id, "-", span_id, sampled ? "-01" : "-00");
}

std::optional<TraceContext> ParseTraceparent(std::string_view header) {
  constexpr std::size_t kLength = 55;  // version 00; a later version may be longer, then a '-' follows
  if (header.size() < kLength || header[2] != '-' || header[35] != '-' || header[52] != '-') return std::nullopt;
  const std::string_view version = header.substr(0, 2);
  if (!IsLowerHex(version) || version == "ff") return std::nullopt;
  if (header.size() > kLength && (version == "00" || header[kLength] != '-')) return std::nullopt;
  const std::string_view trace_id = header.substr(3, 32), span_id = header.substr(36, 16), flags = header.substr(53, 2);
  if (!IsId(trace_id) || !IsId(span_id) || !IsLowerHex(flags)) return std::nullopt;
  const char low = flags[1];
  const int bits = low <= '9' ? low - '0' : low - 'a' + 10;
  return TraceContext{std::string(trace_id), std::string(span_id), (bits & 1) != 0};
}

TraceContext ContinueTrace(const std::optional<TraceContext>& parent, base::IdSource& ids) {
  const std::string span_id = HexOfUuid(ids).substr(16);
  if (parent) return {parent->trace_id, span_id, parent->sampled};
  return {HexOfUuid(ids), span_id, false};
}

}  // namespace derms::observe
