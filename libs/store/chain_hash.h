// How one link of the event chain follows from the one before: hash = SHA-256(hash before || stored bytes).
#pragma once

#include <string>
#include <string_view>

namespace derms::store {

std::string FirstLinkHash();  // what stands before link 1: 32 zero bytes
std::string LinkHash(std::string_view previous_hash, std::string_view stored_bytes);  // 32 bytes

}  // namespace derms::store
