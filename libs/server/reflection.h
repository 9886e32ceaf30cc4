// Server reflection, v1 and v1alpha, with the comments of the schema: what grpcurl list and describe show.
//
// gRPC's own plugin knows only v1alpha, has no comments and breaks on the health service; this one answers from
// the embedded schema. Files named by a client that belong to no service of this process (google.rpc error details)
// resolve too.
#pragma once

#include <grpcpp/impl/service_type.h>

#include <memory>
#include <string>
#include <vector>

#include "libs/server/schema.h"

namespace derms::server {

// The two services; `services` are the full names that list answers, `schema` outlives them.
std::vector<std::unique_ptr<grpc::Service>> MakeReflectionServices(const Schema& schema,
                                                                   const std::vector<std::string>& services);

}  // namespace derms::server
