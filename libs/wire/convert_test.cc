#include <gtest/gtest.h>

#include <cctype>
#include <cmath>

#include <google/protobuf/util/message_differencer.h>

#include "libs/domain/parameters.h"
#include "libs/wire/convert_der.h"
#include "libs/wire/convert_plant.h"
#include "libs/wire/convert_records.h"
#include "libs/wire/convert_time.h"

namespace derms::wire {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::util::MessageDifferencer;

const absl::Time kNow = absl::FromUnixSeconds(1700000000) + absl::Nanoseconds(123456789);

// Fills every field with a value of its own, so that a forgotten or swapped field shows.
void FillEveryField(Message* message, int& counter) {
  for (int i = 0; i < message->GetDescriptor()->field_count(); ++i) {
    const FieldDescriptor* field = message->GetDescriptor()->field(i);
    const auto* reflection = message->GetReflection();
    ++counter;
    switch (field->cpp_type()) {
      case FieldDescriptor::CPPTYPE_DOUBLE:
        if (field->is_repeated())
          reflection->AddDouble(message, field, counter + 0.5);
        else
          reflection->SetDouble(message, field, counter + 0.5);
        break;
      case FieldDescriptor::CPPTYPE_INT32:
        reflection->SetInt32(message, field, counter);
        break;
      case FieldDescriptor::CPPTYPE_INT64:
        reflection->SetInt64(message, field, counter);
        break;
      case FieldDescriptor::CPPTYPE_BOOL:
        reflection->SetBool(message, field, true);
        break;
      case FieldDescriptor::CPPTYPE_ENUM:
        reflection->SetEnumValue(message, field, 2);
        break;
      case FieldDescriptor::CPPTYPE_STRING:
        if (field->is_repeated())
          reflection->AddString(message, field, std::to_string(counter));
        else
          reflection->SetString(message, field, std::to_string(counter));
        break;
      default:
        if (field->is_repeated())
          FillEveryField(reflection->AddMessage(message, field), counter);
        else
          FillEveryField(reflection->MutableMessage(message, field), counter);
    }
  }
}

template <typename T>
T Full() {
  T message;
  int counter = 0;
  FillEveryField(&message, counter);
  return message;
}

#define EXPECT_SAME(a, b) \
  EXPECT_TRUE(MessageDifferencer::Equals(a, b)) << (a).DebugString() << "---\n" << (b).DebugString()

TEST(Convert, ParametersSurviveBothWays) {
  EXPECT_SAME(Full<v1::DerParameters>(), ToProto(FromProto(Full<v1::DerParameters>())));
  EXPECT_SAME(v1::DerParameters(), ToProto(FromProto(v1::DerParameters())));
  EXPECT_EQ(domain::ParameterNumbers().size() + 3,  // beside them series, island category and plant
            static_cast<std::size_t>(v1::DerParameters::descriptor()->field_count()))
      << "a field of DerParameters is missing in libs/domain/parameters.cc";
}

template <typename T>
v1::Plant PlantWith(T* (v1::Plant::*mutable_kind)()) {
  v1::Plant plant;
  *(plant.*mutable_kind)() = Full<T>();
  return plant;
}

TEST(Convert, PlantsOfEveryKindSurviveBothWays) {
  for (const v1::Plant& plant : {PlantWith(&v1::Plant::mutable_solar), PlantWith(&v1::Plant::mutable_wind),
                                 PlantWith(&v1::Plant::mutable_hydro), PlantWith(&v1::Plant::mutable_geothermal)}) {
    const auto read = PlantFromProto(plant);
    ASSERT_TRUE(read.has_value());
    EXPECT_SAME(plant, ToProto(*read));
  }
  EXPECT_FALSE(PlantFromProto(v1::Plant()).has_value());
  v1::Plant flat;
  flat.mutable_solar()->set_tilt_deg(0);
  EXPECT_SAME(flat, ToProto(*PlantFromProto(flat)));
}

TEST(Convert, ReadingsRulesAndSeriesSurviveBothWays) {
  EXPECT_SAME(Full<v1::Reading>(), ToProto(FromProto(Full<v1::Reading>(), kNow)));
  EXPECT_SAME(Full<v1::CapacityRule>(), ToProto(FromProto(Full<v1::CapacityRule>())));
  v1::Series series = Full<v1::Series>();
  series.clear_stored_count();  // output only
  EXPECT_SAME(series, ToProto(FromProto(series)));
  v1::Region region = Full<v1::Region>();
  region.clear_revision();  // output only
  EXPECT_SAME(region, ToProto(FromProto(region)));
}

TEST(Convert, AReadingWithoutTimeIsOfNow) {
  const domain::Reading reading = FromProto(v1::Reading(), kNow);
  EXPECT_EQ(reading.measured_at, kNow);
  EXPECT_EQ(reading.quality, domain::ReadingQuality::kValid);
  EXPECT_EQ(reading.power_kw, std::nullopt);
}

TEST(Convert, TimesAreExactToTheNanosecond) {
  for (const absl::Time time : {kNow, absl::UnixEpoch(), absl::UnixEpoch() - absl::Nanoseconds(1)}) {
    EXPECT_EQ(FromProto(ToProto(time)), time);
    EXPECT_GE(ToProto(time).nanos(), 0);
  }
  EXPECT_EQ(ToProto(absl::InfiniteFuture()).seconds(), 253402300799);
  EXPECT_EQ(ToProto(absl::InfinitePast()).seconds(), -62135596800);
  for (const absl::Duration span : {absl::Milliseconds(1500), -absl::Milliseconds(1500), absl::ZeroDuration()}) {
    EXPECT_EQ(FromProto(ToProto(span)), span);
  }
  EXPECT_EQ(ToProto(-absl::Milliseconds(1500)).nanos(), -500000000);
}

domain::Der SomeDer() {
  v1::RegisterDerRequest request = Full<v1::RegisterDerRequest>();
  request.mutable_location()->set_latitude_deg(37.8583);
  request.mutable_location()->set_longitude_deg(-120.8917);
  return FromProto(request, "owner-1", kNow);
}

TEST(Convert, RegistrationMakesAnOfflineDer) {
  const v1::RegisterDerRequest request = Full<v1::RegisterDerRequest>();
  const domain::Der der = FromProto(request, "owner-1", kNow);
  EXPECT_EQ(der.der_id, request.der_id());
  EXPECT_EQ(der.owner_id, "owner-1");
  EXPECT_EQ(der.capacity_kw, request.capacity_kw());
  EXPECT_EQ(der.longitude_deg, request.location().longitude_deg());
  EXPECT_EQ(der.region_id, request.region_id());
  EXPECT_EQ(der.stored_status, domain::DerStatus::kOffline);
  EXPECT_EQ(der.revision, 1);
  EXPECT_EQ(der.registered_at, kNow);
  EXPECT_SAME(ToProto(der.parameters), request.parameters());
}

TEST(Convert, OwnersSeeEverythingOthersTheRoughPlaceOnly) {
  const domain::Reading reading = FromProto(Full<v1::Reading>(), kNow);
  const v1::Der all = ToProto(SomeDer(), domain::DerStatus::kOptimized, reading, true);
  EXPECT_EQ(all.owner_id(), "owner-1");
  EXPECT_EQ(all.location().latitude_deg(), 37.8583);
  EXPECT_TRUE(all.has_latest_reading());
  EXPECT_EQ(all.status(), v1::DER_STATUS_OPTIMIZED);
  EXPECT_EQ(all.stored_status(), v1::DER_STATUS_OFFLINE);

  v1::Der less = ToProto(SomeDer(), domain::DerStatus::kOptimized, reading, false);
  EXPECT_FALSE(less.has_owner_id());
  EXPECT_FALSE(less.has_latest_reading());
  EXPECT_EQ(less.location().latitude_deg(), 37.9);
  EXPECT_EQ(less.location().longitude_deg(), -120.9);
  less.set_owner_id(all.owner_id());
  *less.mutable_location() = all.location();
  *less.mutable_latest_reading() = all.latest_reading();
  EXPECT_SAME(less, all);
}

TEST(Convert, AnOrderThatIsOverSaysSo) {
  domain::EmergencyOrder order;
  order.starts_at = kNow;
  order.ends_at = kNow + absl::Hours(1);
  order.shares = {{domain::DerType::kFuelCell, 3, 10, 0.5}};
  order.unbound = {{"SOLAR-01", "MAINTENANCE"}};
  EXPECT_EQ(ToProto(order, kNow).state(), v1::EMERGENCY_STATE_ACTIVE);
  EXPECT_FALSE(ToProto(order, kNow).has_ended_at());
  const v1::EmergencyOrder over = ToProto(order, order.ends_at);
  EXPECT_EQ(over.state(), v1::EMERGENCY_STATE_EXPIRED);
  EXPECT_EQ(FromProto(over.ended_at()), order.ends_at);
  EXPECT_EQ(over.shares(0).class_name(), "FUEL_CELL");
  EXPECT_EQ(over.unbound(0).reason(), "MAINTENANCE");
}

TEST(Convert, AnOrderTellsHowItsDersComeBack) {
  domain::EmergencyOrder order;
  order.kind = domain::EmergencyKind::kDisconnect;
  order.starts_at = kNow;
  order.ends_at = kNow + absl::Minutes(10);
  EXPECT_FALSE(ToProto(order, kNow).has_restoration());
  order.restoration.emplace().terms = {
      .delay = absl::Seconds(10), .window = absl::Seconds(40), .ramp = absl::Seconds(20), .pickup_share_per_min = 0.5};
  const v1::Restoration planned = ToProto(order, kNow).restoration();
  EXPECT_EQ(FromProto(planned.begins_at()), order.ends_at + absl::Seconds(10));
  EXPECT_EQ(FromProto(planned.complete_at()), order.ends_at + absl::Seconds(50));
  EXPECT_EQ(planned.pickup_share_per_min(), 0.5);
  EXPECT_FALSE(planned.has_der_count()) << "whoever knows the fleet counts";
  order.ended_at = kNow;
  EXPECT_EQ(FromProto(ToProto(order, kNow).restoration().begins_at()), kNow + absl::Seconds(10)) << "released";
}

TEST(Convert, OfTermsWhatIsAbsentStaysAbsent) {
  v1::AllocateEmergencyRequest request;
  request.mutable_restoration()->mutable_delay();
  request.set_override_limits(true);
  const domain::EmergencyRequest asked = FromProto(request);
  EXPECT_EQ(asked.restoration.delay, absl::ZeroDuration());
  EXPECT_FALSE(asked.restoration.window || asked.restoration.ramp || asked.restoration.pickup_share_per_min);
  EXPECT_TRUE(asked.override_limits);
}

TEST(Convert, AnAllocationKeepsWhatWasNotSaid) {
  v1::AllocateEmergencyRequest request;
  EXPECT_EQ(FromProto(request).kind, std::nullopt);
  EXPECT_EQ(FromProto(request).expected_count, std::nullopt);
  request.set_expected_count(0);
  request.set_kind(v1::EMERGENCY_KIND_DISCONNECT);
  EXPECT_EQ(FromProto(request).expected_count, 0);
  EXPECT_EQ(FromProto(request).kind, domain::EmergencyKind::kDisconnect);
}

TEST(Convert, EventsHideTheirActorFromOwners) {
  domain::Event event;
  event.actor = "op";
  event.type = domain::EventType::kEmergencyAllocation;
  EXPECT_EQ(ToProto(event, true).actor(), "op");
  EXPECT_FALSE(ToProto(event, false).has_actor());
  EXPECT_EQ(ToProto(event, false).name(), "emergency_allocation");
}

TEST(Convert, PrincipalsCarryTheirGrants) {
  const domain::Grant grant = FromProto(Full<v1::GrantRoleRequest>(), "root", kNow);
  const v1::Principal principal = ToProto("op", {grant});
  EXPECT_EQ(principal.subject(), "op");
  EXPECT_EQ(principal.grants(0).role(), v1::ROLE_OPERATOR);
  EXPECT_EQ(principal.grants(0).granted_by(), "root");
  EXPECT_EQ(principal.grants(0).region_ids_size(), 1);
}

std::string Upper(std::string_view text) {
  std::string upper(text);
  for (char& c : upper) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return upper;
}

// Numbers of both sides name the same thing.
template <typename Domain, typename Name>
void ExpectSameNames(const google::protobuf::EnumDescriptor* type, const std::string& prefix, Name name) {
  for (int i = 1; i < type->value_count(); ++i) {
    const auto value = static_cast<Domain>(type->value(i)->number());
    EXPECT_EQ(type->value(i)->name(), prefix + Upper(name(value)));
  }
}

TEST(Convert, EnumsHaveTheSameNumbers) {
  ExpectSameNames<domain::DerType>(v1::DerType_descriptor(), "DER_TYPE_", domain::DerTypeName);
  ExpectSameNames<domain::DerStatus>(v1::DerStatus_descriptor(), "DER_STATUS_", domain::DerStatusName);
  ExpectSameNames<domain::EventType>(v1::EventType_descriptor(), "EVENT_TYPE_", domain::EventName);
  ExpectSameNames<domain::Role>(v1::Role_descriptor(), "ROLE_", domain::RoleName);
  ExpectSameNames<domain::IslandCategory>(v1::IslandCategory_descriptor(), "ISLAND_CATEGORY_",
                                          domain::IslandCategoryName);
  ExpectSameNames<domain::EmergencyKind>(v1::EmergencyKind_descriptor(), "EMERGENCY_KIND_", domain::EmergencyKindName);
  EXPECT_EQ(static_cast<int>(domain::Lifecycle::kRetired), v1::LIFECYCLE_RETIRED);
  EXPECT_EQ(static_cast<int>(domain::ReadingQuality::kEstimated), v1::READING_QUALITY_ESTIMATED);
  EXPECT_EQ(static_cast<int>(domain::ReadingQuality::kStale), v1::READING_QUALITY_STALE);
  EXPECT_EQ(static_cast<int>(domain::ReadingQuality::kInvalid), v1::READING_QUALITY_INVALID);
  EXPECT_EQ(static_cast<int>(domain::ReadingQuality::kSubstituted), v1::READING_QUALITY_SUBSTITUTED);
  EXPECT_EQ(static_cast<int>(domain::MaintenanceKind::kCorrective), v1::MAINTENANCE_KIND_CORRECTIVE);
  EXPECT_EQ(static_cast<int>(domain::MaintenanceKind::kInspection), v1::MAINTENANCE_KIND_INSPECTION);
  EXPECT_EQ(static_cast<int>(domain::SeriesKind::kPriceUsdPerKwh), v1::SERIES_KIND_PRICE_USD_PER_KWH);
  EXPECT_EQ(static_cast<int>(domain::SeriesKind::kCarbonKgPerKwh), v1::SERIES_KIND_CARBON_KG_PER_KWH);
  EXPECT_EQ(static_cast<int>(domain::SeriesKind::kAvailabilityShare), v1::SERIES_KIND_AVAILABILITY_SHARE);
  EXPECT_EQ(static_cast<int>(domain::SeriesKind::kIrradianceWPerM2), v1::SERIES_KIND_IRRADIANCE_W_PER_M2);
  EXPECT_EQ(static_cast<int>(domain::SeriesKind::kFlowM3PerS), v1::SERIES_KIND_FLOW_M3_PER_S);
  EXPECT_EQ(static_cast<int>(domain::EmergencyState::kReleased), v1::EMERGENCY_STATE_RELEASED);
  EXPECT_EQ(static_cast<int>(domain::EmergencyState::kExpired), v1::EMERGENCY_STATE_EXPIRED);
  EXPECT_EQ(static_cast<int>(domain::EmergencyState::kPendingApproval), v1::EMERGENCY_STATE_PENDING_APPROVAL);
  EXPECT_EQ(static_cast<int>(domain::EmergencyState::kDeclined), v1::EMERGENCY_STATE_DECLINED);
  EXPECT_EQ(static_cast<int>(domain::EmergencyState::kLapsed), v1::EMERGENCY_STATE_LAPSED);
}

}  // namespace
}  // namespace derms::wire
