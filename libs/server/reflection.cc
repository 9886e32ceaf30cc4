#include "libs/server/reflection.h"

#include <algorithm>

#include "grpc/reflection/v1/reflection.grpc.pb.h"
#include "grpc/reflection/v1alpha/reflection.grpc.pb.h"

namespace derms::server {
namespace {

// The messages of the two versions are equal but for their package, so one template answers both.
template <typename Response>
void FillError(const absl::Status& status, Response& response) {
  auto* error = response.mutable_error_response();
  error->set_error_code(static_cast<int>(status.code()));
  error->set_error_message(std::string(status.message()));
}

template <typename Response>
void FillFiles(const absl::StatusOr<Schema::Files>& files, Response& response) {
  if (!files.ok()) return FillError(files.status(), response);
  auto* list = response.mutable_file_descriptor_response();
  for (const auto& file : *files) list->add_file_descriptor_proto(file);
}

template <typename Response>
void FillNumbers(const std::string& type, const absl::StatusOr<std::vector<int>>& numbers, Response& response) {
  if (!numbers.ok()) return FillError(numbers.status(), response);
  auto* list = response.mutable_all_extension_numbers_response();
  list->set_base_type_name(type);
  for (int number : *numbers) list->add_extension_number(number);
}

template <typename Request, typename Response>
void Answer(const Schema& schema, const std::vector<std::string>& services, const Request& request,
            Response& response) {
  response.set_valid_host(request.host());
  *response.mutable_original_request() = request;
  switch (request.message_request_case()) {
    case Request::kFileByFilename:
      return FillFiles(schema.FileByName(request.file_by_filename()), response);
    case Request::kFileContainingSymbol:
      return FillFiles(schema.FileWithSymbol(request.file_containing_symbol()), response);
    case Request::kFileContainingExtension: {
      const auto& wanted = request.file_containing_extension();
      return FillFiles(schema.FileWithExtension(wanted.containing_type(), wanted.extension_number()), response);
    }
    case Request::kAllExtensionNumbersOfType: {
      const std::string& type = request.all_extension_numbers_of_type();
      return FillNumbers(type, schema.ExtensionNumbers(type), response);
    }
    case Request::kListServices:
      for (const auto& name : services) response.mutable_list_services_response()->add_service()->set_name(name);
      return;
    case Request::MESSAGE_REQUEST_NOT_SET:
      return FillError(absl::InvalidArgumentError("the request asks for nothing"), response);
  }
}

// One question, one answer, in turn: nothing queues.
template <typename Request, typename Response>
class Reactor final : public grpc::ServerBidiReactor<Request, Response> {
 public:
  Reactor(const Schema& schema, const std::vector<std::string>& services) : schema_(schema), services_(services) {
    this->StartRead(&request_);
  }
  void OnReadDone(bool ok) override {
    if (!ok) return this->Finish(grpc::Status::OK);  // the client has no more questions
    response_.Clear();
    Answer(schema_, services_, request_, response_);
    this->StartWrite(&response_);
  }
  void OnWriteDone(bool ok) override {
    if (!ok) return this->Finish(grpc::Status(grpc::StatusCode::CANCELLED, "the client went away"));
    this->StartRead(&request_);
  }
  void OnDone() override { delete this; }

 private:
  const Schema& schema_;
  const std::vector<std::string>& services_;
  Request request_;
  Response response_;
};

template <typename Service, typename Request, typename Response>
class ReflectionService final : public Service::CallbackService {
 public:
  ReflectionService(const Schema& schema, std::vector<std::string> services)
      : schema_(schema), services_(std::move(services)) {}
  grpc::ServerBidiReactor<Request, Response>* ServerReflectionInfo(grpc::CallbackServerContext*) override {
    return new Reactor<Request, Response>(schema_, services_);  // deletes itself in OnDone
  }

 private:
  const Schema& schema_;
  const std::vector<std::string> services_;
};

}  // namespace

std::vector<std::unique_ptr<grpc::Service>> MakeReflectionServices(const Schema& schema,
                                                                   const std::vector<std::string>& services) {
  namespace v1 = grpc::reflection::v1;
  namespace v1alpha = grpc::reflection::v1alpha;
  std::vector<std::string> names = services;
  names.emplace_back(v1::ServerReflection::service_full_name());
  names.emplace_back(v1alpha::ServerReflection::service_full_name());
  std::sort(names.begin(), names.end());
  std::vector<std::unique_ptr<grpc::Service>> made;
  made.push_back(std::make_unique<
                 ReflectionService<v1::ServerReflection, v1::ServerReflectionRequest, v1::ServerReflectionResponse>>(
      schema, names));
  made.push_back(std::make_unique<ReflectionService<v1alpha::ServerReflection, v1alpha::ServerReflectionRequest,
                                                    v1alpha::ServerReflectionResponse>>(schema, names));
  return made;
}

}  // namespace derms::server
