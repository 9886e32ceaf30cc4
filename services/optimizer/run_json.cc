#include "services/optimizer/run_json.h"

#include <google/protobuf/util/json_util.h>

#include "libs/base/error.h"

namespace derms::optimizer {

std::string RunToJson(const v1::OptimizationRun& run) {
  std::string json;
  google::protobuf::util::JsonPrintOptions options;
  options.preserve_proto_field_names = true;
  const auto status = google::protobuf::util::MessageToJsonString(run, &json, options);
  return status.ok() ? json : std::string("{}");  // a message without Any always prints
}

absl::StatusOr<v1::OptimizationRun> RunFromStored(const domain::Run& stored) {
  v1::OptimizationRun run;
  google::protobuf::util::JsonParseOptions options;
  options.ignore_unknown_fields = true;  // written by a newer version
  if (!google::protobuf::util::JsonStringToMessage(stored.detail_json, &run, options).ok()) {
    return base::Internal("RUN_UNREADABLE", "the stored run cannot be read; look into the log of the service");
  }
  run.set_applied(stored.applied);
  return run;
}

}  // namespace derms::optimizer
