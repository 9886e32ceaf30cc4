#include "libs/wire/request_digest.h"

#include <memory>

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>

#include "absl/strings/str_cat.h"
#include "libs/base/sha256.h"

namespace derms::wire {

std::string BytesWithout(const google::protobuf::Message& message, std::initializer_list<std::string_view> fields) {
  const std::unique_ptr<google::protobuf::Message> copy(message.New());
  copy->CopyFrom(message);
  copy->DiscardUnknownFields();
  for (const std::string_view name : fields) {
    const auto* field = copy->GetDescriptor()->FindFieldByName(std::string(name));
    if (field != nullptr) copy->GetReflection()->ClearField(copy.get(), field);
  }
  std::string bytes;
  {
    google::protobuf::io::StringOutputStream stream(&bytes);
    google::protobuf::io::CodedOutputStream coded(&stream);
    coded.SetSerializationDeterministic(true);
    copy->SerializeWithCachedSizes(&coded);
  }
  return bytes;
}

std::string RequestDigest(const google::protobuf::Message& request) {
  // The type's name ends in NUL, which no name contains: no two requests share the same bytes.
  const std::string bytes =
      absl::StrCat(request.GetDescriptor()->full_name(), std::string(1, '\0'), BytesWithout(request, {"request_id"}));
  const base::Sha256Digest digest = base::Sha256(bytes);
  return std::string(digest.begin(), digest.end());
}

}  // namespace derms::wire
