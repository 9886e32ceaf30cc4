#include "libs/wire/message_csv.h"

#include <csv.h>
#include <google/protobuf/timestamp.pb.h>
#include <google/protobuf/util/time_util.h>

#include <charconv>

namespace derms::wire {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

std::string NumberText(double number) {
  char text[32];
  return {text, std::to_chars(text, text + sizeof text, number).ptr};
}

std::string FieldText(const Message& row, const FieldDescriptor* field) {
  const Reflection& values = *row.GetReflection();
  if (field->has_presence() && !values.HasField(row, field)) return "";
  switch (field->cpp_type()) {
    case FieldDescriptor::CPPTYPE_DOUBLE:
      return NumberText(values.GetDouble(row, field));
    case FieldDescriptor::CPPTYPE_INT32:
      return std::to_string(values.GetInt32(row, field));
    case FieldDescriptor::CPPTYPE_BOOL:
      return values.GetBool(row, field) ? "true" : "false";
    case FieldDescriptor::CPPTYPE_ENUM:
      return values.GetEnum(row, field)->name();
    case FieldDescriptor::CPPTYPE_STRING:
      return values.GetString(row, field);
    case FieldDescriptor::CPPTYPE_MESSAGE: {
      const Message& message = values.GetMessage(row, field);
      const auto* time = google::protobuf::DynamicCastToGenerated<google::protobuf::Timestamp>(&message);
      return google::protobuf::util::TimeUtil::ToString(*time);
    }
    default:
      return "";
  }
}

void AddCell(std::string& line, const std::string& text) {
  if (!line.empty()) line += ',';
  std::string cell(csv_write(nullptr, 0, text.data(), text.size()), '\0');
  csv_write(cell.data(), cell.size(), text.data(), text.size());
  line += cell;
}

}  // namespace

std::string CsvHeader(const Descriptor& row) {
  std::string line;
  for (int i = 0; i < row.field_count(); ++i) AddCell(line, row.field(i)->name());
  return line + "\r\n";
}

std::string CsvLine(const Message& row) {
  const Descriptor& fields = *row.GetDescriptor();
  std::string line;
  for (int i = 0; i < fields.field_count(); ++i) AddCell(line, FieldText(row, fields.field(i)));
  return line + "\r\n";
}

}  // namespace derms::wire
