#include "services/emergency/told_setpoints.h"

#include <utility>

#include "absl/strings/escaping.h"

namespace derms::emergency {
namespace {

// Mixes key and digest, so that two DERs that swap their set-points do not look unchanged (finaliser of splitmix64).
std::uint64_t Mixed(base::DerKey der, SetpointDigest digest) {
  if (digest == 0) return 0;
  std::uint64_t x = static_cast<std::uint64_t>(der) * 0x9e3779b97f4a7c15u + digest;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
  return x ^ (x >> 31);
}

}  // namespace

std::size_t ToldSetpoints::BucketOf(base::DerKey der) {
  return static_cast<std::uint64_t>(der) % kBuckets;
}

void ToldSetpoints::Tell(base::DerKey der, SetpointDigest before, SetpointDigest now) {
  buckets_[BucketOf(der)] += Mixed(der, now) - Mixed(der, before);  // sums wrap around and come back
  has_news_ |= now != before;
}

std::string ToldSetpoints::Token() const {
  std::string bytes;
  for (const std::uint64_t bucket : buckets_) {
    for (int shift = 0; shift < 64; shift += 8) bytes.push_back(static_cast<char>(bucket >> shift));
  }
  return absl::WebSafeBase64Escape(bytes);
}

std::string ToldSetpoints::NewToken() {
  return std::exchange(has_news_, false) ? Token() : "";
}

std::optional<std::array<std::uint64_t, ToldSetpoints::kBuckets>> ToldSetpoints::Read(std::string_view token) {
  std::string bytes;
  if (!absl::WebSafeBase64Unescape(std::string(token), &bytes) || bytes.size() != 8 * kBuckets) return std::nullopt;
  std::array<std::uint64_t, kBuckets> buckets{};
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    buckets[i / 8] |= static_cast<std::uint64_t>(static_cast<unsigned char>(bytes[i])) << (8 * (i % 8));
  }
  return buckets;
}

std::vector<bool> KnownFrom(std::string_view token, const std::vector<base::DerKey>& keys,
                            const std::vector<SetpointDigest>& told) {
  std::vector<bool> known(keys.size(), false);
  const auto before = ToldSetpoints::Read(token);
  if (!before) return known;
  ToldSetpoints now;
  for (std::size_t i = 0; i < keys.size(); ++i) now.Tell(keys[i], 0, told[i]);
  for (std::size_t i = 0; i < keys.size(); ++i) {
    const std::size_t bucket = ToldSetpoints::BucketOf(keys[i]);
    known[i] = now.buckets()[bucket] == (*before)[bucket];
  }
  return known;
}

}  // namespace derms::emergency
