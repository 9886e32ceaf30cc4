#include "services/dermsctl/input/problem_json.h"

#include <google/protobuf/util/json_util.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "absl/strings/str_cat.h"
#include "libs/base/error.h"

namespace derms::dermsctl {
namespace {

constexpr char kStandardInput[] = "-";

absl::StatusOr<std::string> ReadAll(const std::string& path, std::istream& in, const std::string& what) {
  std::stringstream content;
  if (path == kStandardInput) {
    content << in.rdbuf();
    return content.str();
  }
  std::ifstream file(path);
  if (!file || !(content << file.rdbuf())) {
    return base::NotFound("FILE_NOT_FOUND", absl::StrCat("cannot read the ", what, " ", path));
  }
  return content.str();
}

// protobuf does not say where a text stops being JSON; nlohmann-json does.
absl::Status CheckSyntax(const std::string& name, const std::string& text, const std::string& what) {
  try {
    const auto parsed = nlohmann::json::parse(text);
    if (parsed.is_object()) return absl::OkStatus();
    return base::InvalidArgument("INVALID_JSON", absl::StrCat(name, ": a ", what, " is a JSON object"));
  } catch (const nlohmann::json::exception& error) {
    const std::string where = error.what();  // "[json.exception.parse_error.101] parse error at line 3, column 7: ..."
    const std::size_t words = where.find("] ");
    return base::InvalidArgument(
        "INVALID_JSON", absl::StrCat(name, ": ", words == std::string::npos ? where : where.substr(words + 2)));
  }
}

}  // namespace

absl::Status ReadJson(const std::string& path, std::istream& in, const std::string& what,
                      google::protobuf::Message& message) {
  ASSIGN_OR_RETURN(const std::string text, ReadAll(path, in, what));
  const std::string name = path == kStandardInput ? "standard input" : path;
  RETURN_IF_ERROR(CheckSyntax(name, text, what));
  const auto status = google::protobuf::util::JsonStringToMessage(text, &message);
  if (status.ok()) return absl::OkStatus();
  const std::string why(status.message().data(), status.message().size());
  return base::InvalidArgument("INVALID_JSON", absl::StrCat(name, ": ", why));
}

absl::StatusOr<v1::DispatchProblem> ReadProblem(const std::string& path, std::istream& in) {
  v1::DispatchProblem problem;
  RETURN_IF_ERROR(ReadJson(path, in, "problem", problem));
  return problem;
}

}  // namespace derms::dermsctl
