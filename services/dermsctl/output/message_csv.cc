#include "services/dermsctl/output/message_csv.h"

#include <csv.h>

#include <charconv>

namespace derms::dermsctl {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

std::string NumberText(double number) {
  char text[32];
  return {text, std::to_chars(text, text + sizeof text, number).ptr};
}

std::string TextOf(const Message& row, const FieldDescriptor* field) {
  const auto& values = *row.GetReflection();
  if (field->has_presence() && !values.HasField(row, field)) return "";
  switch (field->cpp_type()) {
    case FieldDescriptor::CPPTYPE_STRING:
      return values.GetString(row, field);
    case FieldDescriptor::CPPTYPE_ENUM:
      return values.GetEnum(row, field)->name();
    case FieldDescriptor::CPPTYPE_BOOL:
      return values.GetBool(row, field) ? "true" : "false";
    case FieldDescriptor::CPPTYPE_INT32:
      return std::to_string(values.GetInt32(row, field));
    case FieldDescriptor::CPPTYPE_DOUBLE:
      return NumberText(values.GetDouble(row, field));
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

std::string CsvHeaderOf(const google::protobuf::Descriptor& row) {
  std::string line;
  for (int i = 0; i < row.field_count(); ++i) AddCell(line, row.field(i)->name());
  return line + "\r\n";
}

std::string CsvLineOf(const Message& row) {
  const auto& fields = *row.GetDescriptor();
  std::string line;
  for (int i = 0; i < fields.field_count(); ++i) AddCell(line, TextOf(row, fields.field(i)));
  return line + "\r\n";
}

}  // namespace derms::dermsctl
