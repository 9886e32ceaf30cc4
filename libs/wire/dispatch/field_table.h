// Members of plain structs joined with the message fields of the same name: one table converts both ways, so that no
// direction can forget or swap a field.
#pragma once

#include <google/protobuf/message.h>
#include <google/protobuf/reflection.h>

#include <cmath>
#include <initializer_list>
#include <optional>
#include <variant>
#include <vector>

#include "libs/dispatch/problem.h"

namespace derms::wire {

// {"energy_max_kwh", &Storage::energy_max_kwh}: name and member cannot differ.
#define DERMS_WIRE_FIELD(type, name) \
  { #name, &type::name }

// Stands for "no limit" in a list of limits, whose numbers have to be finite.
inline constexpr double kNoLimit = 1e12;

// A field that the message does not have at present leaves the struct's default; an infinite number is absent.
// In lists of numbers infinity is kNoLimit. Thread-safe once made.
template <typename Struct>
class FieldTable {
 public:
  struct Entry {
    const char* name;
    std::variant<double Struct::*, std::optional<double> Struct::*, bool Struct::*, dispatch::Series Struct::*> member;
  };

  FieldTable(const google::protobuf::Descriptor* message, std::initializer_list<Entry> entries) {
    for (const Entry& entry : entries) fields_.push_back({message->FindFieldByName(entry.name), entry.member});
  }

  void Read(const google::protobuf::Message& from, Struct& to) const {
    const auto& reflection = *from.GetReflection();
    for (const Field& field : fields_) {
      if (field.proto->has_presence() && !reflection.HasField(from, field.proto)) continue;
      std::visit([&](auto member) { ReadOne(from, reflection, field.proto, to.*member); }, field.member);
    }
  }

  void Write(const Struct& from, google::protobuf::Message& to) const {
    const auto& reflection = *to.GetReflection();
    for (const Field& field : fields_) {
      std::visit([&](auto member) { WriteOne(from.*member, reflection, field.proto, to); }, field.member);
    }
  }

 private:
  using Message = google::protobuf::Message;
  using Reflection = google::protobuf::Reflection;
  using FieldDescriptor = google::protobuf::FieldDescriptor;
  struct Field {
    const FieldDescriptor* proto;
    decltype(Entry::member) member;
  };

  static void ReadOne(const Message& from, const Reflection& reflection, const FieldDescriptor* field, double& to) {
    to = reflection.GetDouble(from, field);
  }
  static void ReadOne(const Message& from, const Reflection& reflection, const FieldDescriptor* field,
                      std::optional<double>& to) {
    to = reflection.GetDouble(from, field);
  }
  static void ReadOne(const Message& from, const Reflection& reflection, const FieldDescriptor* field, bool& to) {
    to = reflection.GetBool(from, field);
  }
  static void ReadOne(const Message& from, const Reflection& reflection, const FieldDescriptor* field,
                      dispatch::Series& to) {
    const auto values = reflection.GetRepeatedFieldRef<double>(from, field);
    to.reserve(static_cast<std::size_t>(values.size()));
    for (int i = 0; i < values.size(); ++i) {
      to.push_back(values.Get(i) >= kNoLimit ? dispatch::kUnlimited : values.Get(i));
    }
  }

  static void WriteOne(double from, const Reflection& reflection, const FieldDescriptor* field, Message& to) {
    if (std::isfinite(from)) reflection.SetDouble(&to, field, from);
  }
  static void WriteOne(const std::optional<double>& from, const Reflection& reflection, const FieldDescriptor* field,
                       Message& to) {
    if (from) reflection.SetDouble(&to, field, *from);
  }
  static void WriteOne(bool from, const Reflection& reflection, const FieldDescriptor* field, Message& to) {
    reflection.SetBool(&to, field, from);
  }
  static void WriteOne(const dispatch::Series& from, const Reflection& reflection, const FieldDescriptor* field,
                       Message& to) {
    const auto values = reflection.GetMutableRepeatedFieldRef<double>(&to, field);
    for (const double value : from) values.Add(std::isinf(value) ? std::copysign(kNoLimit, value) : value);
  }

  std::vector<Field> fields_;
};

}  // namespace derms::wire
