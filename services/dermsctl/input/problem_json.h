// Messages as people write them: protobuf's JSON, read strictly.
#pragma once

#include <google/protobuf/message.h>

#include <istream>
#include <string>

#include "absl/status/statusor.h"
#include "derms/v1/dispatch.pb.h"

namespace derms::dermsctl {

// Into `message`, from the file, or from `in` when the path is "-"; `what` names it in errors, as "problem". NOT_FOUND
// FILE_NOT_FOUND; INVALID_ARGUMENT INVALID_JSON with line and column of what is no JSON, or with the place and name of
// a field that does not exist or takes another value.
absl::Status ReadJson(const std::string& path, std::istream& in, const std::string& what,
                      google::protobuf::Message& message);

// A dispatch problem.
absl::StatusOr<v1::DispatchProblem> ReadProblem(const std::string& path, std::istream& in);

}  // namespace derms::dermsctl
