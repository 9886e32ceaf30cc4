// Keys of PostgreSQL advisory locks: one list, so that two uses never share one. "DERM" in ASCII, then a number.
#pragma once

#include <cstdint>

namespace derms::store {

inline constexpr std::int64_t kMigrationLock = 0x4445524D00000001;
inline constexpr std::int64_t kChainLeaderLock = 0x4445524D00000002;
inline constexpr std::int64_t kHousekeepingLock = 0x4445524D00000003;
inline constexpr std::int64_t kApprovalLock = 0x4445524D00000004;
// Committers take keys of their own: this prefix in the upper half, random below (group_committer.h).
inline constexpr std::int64_t kCommitterLockPrefix = 0x4445524E00000000;

}  // namespace derms::store
