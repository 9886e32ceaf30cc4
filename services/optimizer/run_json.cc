#include "services/optimizer/run_json.h"

#include <google/protobuf/util/json_util.h>

#include "libs/base/error.h"
#include "libs/wire/convert_time.h"

namespace derms::optimizer {
namespace {

std::string ToJson(const google::protobuf::Message& message) {
  std::string json;
  google::protobuf::util::JsonPrintOptions options;
  options.preserve_proto_field_names = true;
  const auto status = google::protobuf::util::MessageToJsonString(message, &json, options);
  return status.ok() ? json : std::string("{}");  // a message without Any always prints
}

bool FromJson(const std::string& json, google::protobuf::Message& message) {
  google::protobuf::util::JsonParseOptions options;
  options.ignore_unknown_fields = true;  // written by a newer version
  return google::protobuf::util::JsonStringToMessage(json, &message, options).ok();
}

}  // namespace

std::string RunToJson(const v1::OptimizationRun& run) {
  return ToJson(run);
}

std::string ProgressToJson(const v1::RunProgress& progress) {
  return ToJson(progress);
}

absl::StatusOr<v1::OptimizationRun> RunFromStored(const domain::Run& stored) {
  v1::OptimizationRun run;
  const bool read = FromJson(stored.detail_json, run) &&
                    (stored.progress_json.empty() || FromJson(stored.progress_json, *run.mutable_progress()));
  if (!read) {
    return base::Internal("RUN_UNREADABLE", "the stored run cannot be read; look into the log of the service");
  }
  run.set_applied(stored.applied);
  run.set_state(static_cast<v1::RunState>(stored.state));
  run.set_cancelled_by(stored.cancelled_by);
  if (stored.ended_at) *run.mutable_ended_at() = wire::ToProto(*stored.ended_at);
  return run;
}

}  // namespace derms::optimizer
