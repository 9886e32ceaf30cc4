#include "libs/server/schema.h"

#include <google/protobuf/descriptor.pb.h>

#include <set>

#include "absl/strings/str_cat.h"
#include "libs/base/error.h"

namespace derms::server {
namespace {

using google::protobuf::FileDescriptor;

absl::Status Missing(const std::string& what) {
  return base::NotFound("NOT_IN_SCHEMA", absl::StrCat(what, " is not in the schema"));
}

void Collect(const FileDescriptor& file, std::set<std::string>& seen, std::vector<const FileDescriptor*>& list) {
  if (!seen.insert(file.name()).second) return;
  list.push_back(&file);
  for (int i = 0; i < file.dependency_count(); ++i) Collect(*file.dependency(i), seen, list);
}

}  // namespace

absl::StatusOr<std::unique_ptr<Schema>> Schema::Load(std::string_view descriptor_set) {
  google::protobuf::FileDescriptorSet set;
  if (!set.ParseFromArray(descriptor_set.data(), static_cast<int>(descriptor_set.size()))) {
    return base::Internal("BROKEN_SCHEMA", "the embedded schema cannot be parsed");
  }
  std::unique_ptr<Schema> schema(new Schema);
  for (const auto& file : set.file()) {  // protoc writes imports before what imports them
    if (schema->pool_.BuildFile(file) == nullptr) {
      return base::Internal("BROKEN_SCHEMA", absl::StrCat("the embedded schema is broken in ", file.name()));
    }
    schema->file_bytes_[file.name()] = file.SerializeAsString();
  }
  return schema;
}

Schema::Files Schema::WithImports(const FileDescriptor& file) const {
  std::set<std::string> seen;
  std::vector<const FileDescriptor*> list;
  Collect(file, seen, list);
  Files files;
  for (const auto* each : list) files.push_back(file_bytes_.at(each->name()));
  return files;
}

absl::StatusOr<Schema::Files> Schema::FileByName(const std::string& name) const {
  const auto* file = pool_.FindFileByName(name);
  if (file == nullptr) return Missing(name);
  return WithImports(*file);
}

absl::StatusOr<Schema::Files> Schema::FileWithSymbol(const std::string& symbol) const {
  const auto* file = pool_.FindFileContainingSymbol(symbol);
  if (file == nullptr) return Missing(symbol);
  return WithImports(*file);
}

absl::StatusOr<Schema::Files> Schema::FileWithExtension(const std::string& type, int number) const {
  const auto* message = pool_.FindMessageTypeByName(type);
  const auto* extension = message == nullptr ? nullptr : pool_.FindExtensionByNumber(message, number);
  if (extension == nullptr) return Missing(absl::StrCat("extension ", number, " of ", type));
  return WithImports(*extension->file());
}

absl::StatusOr<std::vector<int>> Schema::ExtensionNumbers(const std::string& type) const {
  const auto* message = pool_.FindMessageTypeByName(type);
  if (message == nullptr) return Missing(type);
  std::vector<const google::protobuf::FieldDescriptor*> extensions;
  pool_.FindAllExtensions(message, &extensions);
  std::vector<int> numbers;
  for (const auto* extension : extensions) numbers.push_back(extension->number());
  return numbers;
}

bool Schema::HasService(const std::string& name) const {
  return pool_.FindServiceByName(name) != nullptr;
}

}  // namespace derms::server
