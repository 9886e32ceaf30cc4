// What a stream has told of each DER, small enough to be remembered for a million, and as a token to resume with.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "libs/base/ids.h"

namespace derms::emergency {

// The first 64 bits of SHA-256 over what a set-point says, its end left out: the same in every process. 0: nothing.
using SetpointDigest = std::uint64_t;

// DERs fall into buckets by their key; each has the sum of what was told of its DERs.
class ToldSetpoints {
 public:
  static constexpr std::size_t kBuckets = 64;

  // Replaces what was told of the DER before; 0 forgets it.
  void Tell(base::DerKey der, SetpointDigest before, SetpointDigest now);
  static std::size_t BucketOf(base::DerKey der);
  // Base 64 without padding. Grants nothing and holds no secret.
  std::string Token() const;
  // The same when something has changed since the last call; empty when not.
  std::string NewToken();
  // The buckets of a token; nothing when it is none.
  static std::optional<std::array<std::uint64_t, kBuckets>> Read(std::string_view token);
  const std::array<std::uint64_t, kBuckets>& buckets() const { return buckets_; }

 private:
  std::array<std::uint64_t, kBuckets> buckets_{};
  bool has_news_ = true;
};

// Which of the DERs a stream that resumes need not be told of again: those of the buckets that are as they were.
// `told` are digests by DER as they are now, `keys` the DERs.
std::vector<bool> KnownFrom(std::string_view token, const std::vector<base::DerKey>& keys,
                            const std::vector<SetpointDigest>& told);

}  // namespace derms::emergency
