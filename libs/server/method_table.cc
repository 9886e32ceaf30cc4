#include "libs/server/method_table.h"

#include <cstdio>
#include <cstdlib>

#include "absl/strings/str_cat.h"
#include "libs/base/error.h"

namespace derms::server {
namespace {

const google::protobuf::FieldDescriptor* TextField(const google::protobuf::Descriptor* message, const char* name) {
  const auto* field = message->FindFieldByName(name);
  const bool text = field != nullptr && !field->is_repeated() &&
                    field->cpp_type() == google::protobuf::FieldDescriptor::CPPTYPE_STRING;
  return text ? field : nullptr;
}

}  // namespace

absl::StatusOr<MethodTable> MethodTable::Build(const std::vector<std::string>& services,
                                               const auth::PolicyTable& policies, observe::Metrics& metrics) {
  MethodTable table;
  for (const auto& name : services) {
    const auto* service = google::protobuf::DescriptorPool::generated_pool()->FindServiceByName(name);
    if (service == nullptr) return base::Internal("POLICY_HOLE", absl::StrCat("unknown service ", name));
    for (int i = 0; i < service->method_count(); ++i) {
      const auto* method = service->method(i);
      const std::string path = absl::StrCat("/", name, "/", method->name());
      const auth::MethodRule* rule = policies.Find(path);
      if (rule == nullptr) return base::Internal("POLICY_HOLE", absl::StrCat(path, " has no policy"));
      if (rule->lane == auth::Lane::kReserved) table.needs_reserved_lane_ = true;
      const auto* request = method->input_type();
      const MethodInfo info{*rule, &metrics.Method(path), TextField(request, "request_id"),
                            TextField(request, "der_id")};
      if (!table.methods_.emplace(request, info).second) {
        return base::Internal("POLICY_HOLE", absl::StrCat(request->full_name(), " is the request of two methods"));
      }
    }
  }
  return table;
}

const MethodInfo& MethodTable::Of(const google::protobuf::Descriptor* request) const {
  const auto found = methods_.find(request);
  if (found == methods_.end()) {
    std::fprintf(stderr, "%s belongs to no service of this process\n", request->full_name().c_str());
    std::abort();
  }
  return found->second;
}

}  // namespace derms::server
