#include "tests/sim/grid_records.h"

#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "derms/v1/compliance.grpc.pb.h"
#include "libs/base/error.h"
#include "libs/gridcode/given_settings.h"
#include "libs/wire/convert_grid.h"

namespace derms::sim {
namespace {

using Stub = v1::ComplianceService::Stub;

absl::StatusOr<std::optional<v1::GridRecord>> RecordOf(client::Connection& registry, const std::string& der_id) {
  v1::GetGridSettingsRequest request;
  request.set_der_id(der_id);
  auto answer = registry.Call(&Stub::GetGridSettings, request);
  if (absl::IsNotFound(answer.status())) return std::nullopt;
  RETURN_IF_ERROR(answer.status());
  return std::move(*answer->mutable_record());
}

}  // namespace

absl::Status PutMissingGridRecords(client::Connection& as_owner, const std::vector<v1::RegisterDerRequest>& fleet) {
  for (const v1::RegisterDerRequest& der : fleet) {
    ASSIGN_OR_RETURN(const auto record, RecordOf(as_owner, der.der_id()));
    if (record) continue;
    v1::PutNameplateRequest nameplate;
    nameplate.set_der_id(der.der_id());
    *nameplate.mutable_nameplate() = MadeUpNameplate(der.type(), der.capacity_kw());
    RETURN_IF_ERROR(as_owner.Call(&Stub::PutNameplate, nameplate).status());
    v1::PutSettingsRequest settings;
    settings.set_der_id(der.der_id());
    *settings.mutable_settings() = MadeUpSettings();
    RETURN_IF_ERROR(as_owner.Call(&Stub::PutSettings, settings).status());
  }
  return absl::OkStatus();
}

absl::Status LearnGridSettings(client::Connection& registry, const gridcode::ProfileShelf& profiles,
                               std::vector<DerTraits>& fleet) {
  for (DerTraits& der : fleet) {
    ASSIGN_OR_RETURN(const auto record, RecordOf(registry, der.der_id));
    if (!record || record->nameplate().v_nominal_v() == 0) continue;
    ASSIGN_OR_RETURN(const gridcode::Profile* profile, profiles.Find(record->profile_id()));
    auto device = std::make_shared<GridDevice>();
    device->profile = profile;
    device->nameplate = wire::FromProto(record->nameplate());
    device->settings = gridcode::WithGiven(profile->Defaults(device->nameplate), wire::FromProto(record->settings()));
    der.grid = std::move(device);
  }
  return absl::OkStatus();
}

}  // namespace derms::sim
