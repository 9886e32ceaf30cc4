// What a write needs to be still true: the lease (lease.h) was last taken with this token. Plain value.
#pragma once

#include <cstdint>
#include <string>

namespace derms::store {

struct Fence {
  std::string lease_name;
  std::int64_t token = 0;
};

}  // namespace derms::store
