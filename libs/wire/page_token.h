// Keyset pages: an opaque token holds the key of the last row, bound to the request that it came from.
//
// The token holds no secret and grants nothing: rows are filtered by the caller's rights on every page. Its check sum
// catches tokens that are cut, altered or used with other filters, not a caller who computes one.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <google/protobuf/message.h>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace derms::wire {

// Rows of a page: `usual` when 0 is asked for, at most `most`. Negative numbers are refused before, by the validator.
inline constexpr std::size_t kUsualPage = 100, kMostPage = 1000;
std::size_t PageSize(int requested, std::size_t usual = kUsualPage, std::size_t most = kMostPage);

// Token for the page after the row with these keys. All fields of `request` but page_size and page_token are bound.
std::string MakePageToken(const google::protobuf::Message& request, const std::vector<std::string>& keys);

// Keys from the request's page_token; none for the first page. INVALID_ARGUMENT INVALID_PAGE_TOKEN when it was not made
// by MakePageToken for the same request or does not have `key_count` keys.
absl::StatusOr<std::vector<std::string>> ReadPageToken(const google::protobuf::Message& request, std::size_t key_count);

// The same for rows that are ordered by a time, kept to the microsecond as in the store, and an id.
using TimeKey = std::pair<absl::Time, std::string>;
std::string MakePageToken(const google::protobuf::Message& request, absl::Time time, std::string_view id);
absl::StatusOr<std::optional<TimeKey>> ReadTimePageToken(const google::protobuf::Message& request);

}  // namespace derms::wire
