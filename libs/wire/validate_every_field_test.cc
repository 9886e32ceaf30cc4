// Every field of every request of every service against values that must not pass, generated from the descriptors.
#include <gtest/gtest.h>

#include <functional>
#include <limits>
#include <memory>

#include <google/protobuf/message.h>
#include <google/protobuf/stubs/logging.h>

#include "absl/strings/str_cat.h"
#include "libs/base/error.h"
#include "libs/wire/validate.h"

namespace derms::wire {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::MessageFactory;

std::unique_ptr<Message> New(const Descriptor* type) {
  return std::unique_ptr<Message>(MessageFactory::generated_factory()->GetPrototype(type)->New());
}

// A field somewhere inside a request, and the way there.
struct Place {
  std::vector<const FieldDescriptor*> way;
  const FieldDescriptor* field() const { return way.back(); }
  std::string Path() const {
    std::string path;
    for (const FieldDescriptor* step : way) {
      absl::StrAppend(&path, path.empty() ? "" : ".", step->name(), step->is_repeated() ? "[0]" : "");
    }
    return path;
  }
  // The message that holds the field, made on the way.
  Message* Holder(Message* message) const {
    for (std::size_t i = 0; i + 1 < way.size(); ++i) {
      const auto* reflection = message->GetReflection();
      if (!way[i]->is_repeated()) {
        message = reflection->MutableMessage(message, way[i]);
      } else {
        message = reflection->FieldSize(*message, way[i]) > 0 ? reflection->MutableRepeatedMessage(message, way[i], 0)
                                                              : reflection->AddMessage(message, way[i]);
      }
    }
    return message;
  }
};

void Collect(const Descriptor* type, std::vector<const FieldDescriptor*> way, std::vector<Place>& out) {
  for (int i = 0; i < type->field_count(); ++i) {
    way.push_back(type->field(i));
    out.push_back({way});
    if (type->field(i)->message_type() != nullptr) Collect(type->field(i)->message_type(), way, out);
    way.pop_back();
  }
}

void ForEveryField(const std::function<void(const Descriptor*, const Place&)>& visit) {
  int visited = 0;
  for (const Descriptor* request : AllRequests()) {
    std::vector<Place> places;
    Collect(request, {}, places);
    for (const Place& place : places) {
      visit(request, place);
      ++visited;
    }
  }
  EXPECT_GT(visited, 200);
}

bool Names(const absl::Status& status, const std::string& path) {
  for (const auto& violation : base::ViolationsOf(status)) {
    if (violation.field == path) return true;
  }
  return false;
}

bool IsWellKnownTime(const FieldDescriptor* field) {
  const std::string& holder = field->containing_type()->full_name();
  return holder == "google.protobuf.Timestamp" || holder == "google.protobuf.Duration";
}

const Validator& Rules() {
  static const Validator kValidator;
  return kValidator;
}

void SetDouble(Message* holder, const FieldDescriptor* field, double value) {
  const auto* reflection = holder->GetReflection();
  if (field->is_repeated()) return reflection->AddDouble(holder, field, value);
  reflection->SetDouble(holder, field, value);
}

void SetText(Message* holder, const FieldDescriptor* field, const std::string& value) {
  const auto* reflection = holder->GetReflection();
  if (field->is_repeated()) return reflection->AddString(holder, field, value);
  reflection->SetString(holder, field, value);
}

TEST(EveryNumber, IsFinite) {
  ForEveryField([](const Descriptor* request, const Place& place) {
    if (place.field()->cpp_type() != FieldDescriptor::CPPTYPE_DOUBLE) return;
    for (const double bad : {std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::infinity(),
                             -std::numeric_limits<double>::infinity()}) {
      const auto message = New(request);
      SetDouble(place.Holder(message.get()), place.field(), bad);
      EXPECT_TRUE(Names(Rules().Check(*message), place.Path())) << request->full_name() << " " << place.Path();
    }
  });
}

// Numbers without a documented limit: values of a series (a price may be negative, a load large).
TEST(EveryNumber, HasLimitsUnlessItIsAListOfValues) {
  ForEveryField([](const Descriptor* request, const Place& place) {
    if (place.field()->cpp_type() != FieldDescriptor::CPPTYPE_DOUBLE || place.field()->is_repeated()) return;
    for (const double huge : {1e300, -1e300}) {
      const auto message = New(request);
      SetDouble(place.Holder(message.get()), place.field(), huge);
      EXPECT_TRUE(Names(Rules().Check(*message), place.Path())) << request->full_name() << " " << place.Path();
    }
  });
}

TEST(EveryText, RefusesControlCharactersBrokenUtf8AndTooMuch) {
  ForEveryField([](const Descriptor* request, const Place& place) {
    if (place.field()->type() != FieldDescriptor::TYPE_STRING) return;
    for (const std::string& bad : {std::string("a\0b", 3), std::string("\x1b[2J"), std::string("\xff\xfe"),
                                   std::string("\xc2\x85"), std::string(1 << 20, 'A')}) {
      const auto message = New(request);
      SetText(place.Holder(message.get()), place.field(), bad);
      EXPECT_TRUE(Names(Rules().Check(*message), place.Path())) << request->full_name() << " " << place.Path();
    }
  });
}

TEST(EveryText, WithAFormRefusesSql) {
  ForEveryField([](const Descriptor* request, const Place& place) {
    if (place.field()->type() != FieldDescriptor::TYPE_STRING) return;
    const bool formed = place.field()->options().GetExtension(v1::rule).format() != v1::TEXT_FORMAT_UNSPECIFIED;
    const auto message = New(request);
    SetText(place.Holder(message.get()), place.field(), "'; DROP TABLE ders; --");
    EXPECT_EQ(Names(Rules().Check(*message), place.Path()), formed) << request->full_name() << " " << place.Path();
  });
}

TEST(EveryEnum, RefusesUnknownNumbers) {
  ForEveryField([](const Descriptor* request, const Place& place) {
    if (place.field()->cpp_type() != FieldDescriptor::CPPTYPE_ENUM) return;
    for (const int bad : {-1, 999, std::numeric_limits<int>::min()}) {
      const auto message = New(request);
      Message* holder = place.Holder(message.get());
      const auto* reflection = holder->GetReflection();
      if (place.field()->is_repeated()) {
        reflection->AddEnumValue(holder, place.field(), bad);
      } else {
        reflection->SetEnumValue(holder, place.field(), bad);
      }
      EXPECT_TRUE(Names(Rules().Check(*message), place.Path())) << request->full_name() << " " << place.Path();
    }
  });
}

void AddItem(Message* holder, const FieldDescriptor* field) {
  const auto* reflection = holder->GetReflection();
  switch (field->cpp_type()) {
    case FieldDescriptor::CPPTYPE_MESSAGE:
      reflection->AddMessage(holder, field);
      return;
    case FieldDescriptor::CPPTYPE_STRING:
      return reflection->AddString(holder, field, "A");
    case FieldDescriptor::CPPTYPE_ENUM:
      return reflection->AddEnumValue(holder, field, 1);
    default:
      return reflection->AddDouble(holder, field, 1);
  }
}

TEST(EveryList, EndsAtTenThousandItemsOrEarlier) {
  ForEveryField([](const Descriptor* request, const Place& place) {
    if (!place.field()->is_repeated()) return;
    const auto message = New(request);
    Message* holder = place.Holder(message.get());
    for (int i = 0; i < 10001; ++i) AddItem(holder, place.field());
    const std::string path = place.Path().substr(0, place.Path().size() - 3);  // the list, without [0]
    EXPECT_TRUE(Names(Rules().Check(*message), path)) << request->full_name() << " " << path;
  });
}

TEST(EveryTime, RefusesWhatIsNotNormalised) {
  ForEveryField([](const Descriptor* request, const Place& place) {
    if (!IsWellKnownTime(place.field()) || place.field()->name() != "nanos") return;
    for (const int bad : {-1000000000, 1000000000, std::numeric_limits<int>::min()}) {
      const auto message = New(request);
      Message* holder = place.Holder(message.get());
      holder->GetReflection()->SetInt32(holder, place.field(), bad);
      Place time = place;
      time.way.pop_back();
      EXPECT_TRUE(Names(Rules().Check(*message), time.Path())) << request->full_name() << " " << time.Path();
    }
  });
}

TEST(EveryRequest, SurvivesEmptinessAndRandomBytes) {
  const google::protobuf::LogSilencer silencer;  // protobuf reports each broken string that it refuses
  std::uint32_t state = 12345;
  for (const Descriptor* request : AllRequests()) {
    const auto message = New(request);
    Rules().Check(*message).IgnoreError();
    for (int round = 0; round < 200; ++round) {
      std::string bytes;
      for (int i = 0; i < 60; ++i) bytes.push_back(static_cast<char>((state = state * 1664525 + 1013904223) >> 24));
      if (message->ParsePartialFromString(bytes)) Rules().Check(*message).IgnoreError();
    }
  }
}

}  // namespace
}  // namespace derms::wire
