// Looks things up in the embedded schema, as the reflection protocol asks.
#pragma once

#include <google/protobuf/descriptor.h>

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

namespace derms::server {

// Immutable after Load; thread-safe.
class Schema {
 public:
  // INTERNAL BROKEN_SCHEMA when the bytes are no complete descriptor set.
  static absl::StatusOr<std::unique_ptr<Schema>> Load(std::string_view descriptor_set);

  using Files = std::vector<std::string>;  // serialised FileDescriptorProtos: the file, then all it imports
  absl::StatusOr<Files> FileByName(const std::string& name) const;
  absl::StatusOr<Files> FileWithSymbol(const std::string& symbol) const;
  absl::StatusOr<Files> FileWithExtension(const std::string& type, int number) const;
  absl::StatusOr<std::vector<int>> ExtensionNumbers(const std::string& type) const;
  bool HasService(const std::string& name) const;

 private:
  Schema() = default;
  Files WithImports(const google::protobuf::FileDescriptor& file) const;

  google::protobuf::DescriptorPool pool_;
  std::map<std::string, std::string> file_bytes_;  // as compiled, with source info
};

}  // namespace derms::server
