// Dispatch problems as people write them: protobuf's JSON of derms.v1.DispatchProblem, read strictly.
#pragma once

#include <istream>
#include <string>

#include "absl/status/statusor.h"
#include "derms/v1/dispatch.pb.h"

namespace derms::dermsctl {

// From the file, or from `in` when the path is "-". NOT_FOUND FILE_NOT_FOUND; INVALID_ARGUMENT INVALID_JSON with line
// and column of what is no JSON, or with the place and name of a field that does not exist or takes another value.
absl::StatusOr<v1::DispatchProblem> ReadProblem(const std::string& path, std::istream& in);

}  // namespace derms::dermsctl
