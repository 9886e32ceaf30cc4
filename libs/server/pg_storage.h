// Storage on PostgreSQL: binds libs/store to what the host and the adapters ask for.
#pragma once

#include <memory>

#include "absl/status/statusor.h"
#include "libs/observe/log.h"
#include "libs/observe/metrics.h"
#include "libs/server/config.h"
#include "libs/server/storage.h"

namespace derms::server {

// Nothing is read before Start; connections are made in the background. INVALID_ARGUMENT BAD_SETTING when the password
// file cannot be read. `metrics` and `logger` outlive the storage.
absl::StatusOr<std::unique_ptr<Storage>> OpenPgStorage(const ServiceIdentity& identity, const Config& config,
                                                       observe::Metrics& metrics, observe::Logger& logger);

// The URL or key=value text with the password added, quoted as its form asks for.
std::string WithPassword(const std::string& database_url, const std::string& password);

}  // namespace derms::server
