#include "libs/wire/update_mask.h"

#include <string>
#include <string_view>

#include "absl/strings/str_cat.h"
#include "libs/base/error.h"
#include "libs/domain/parameters.h"
#include "libs/wire/convert_der.h"

namespace derms::wire {
namespace {

constexpr std::string_view kParameterPrefix = "parameters.";
constexpr char kKnownPaths[] = "capacity_kw, location, region_id, parameters or parameters.NAME";

absl::Status Refused(std::string_view field, const std::string& rule) {
  return base::InvalidArgument("INVALID_UPDATE_MASK", absl::StrCat(std::string(field), " ", rule)).Field(field, rule);
}

// Whether `name` is a parameter; then it is copied, absent ones too.
bool CopyParameter(std::string_view name, const domain::DerParameters& from, domain::DerParameters& to) {
  if (name == "availability_series_id") {
    to.availability_series_id = from.availability_series_id;
    return true;
  }
  if (name == "island_category") {
    to.island_category = from.island_category;
    return true;
  }
  if (name == "plant") {
    to.plant = from.plant;
    return true;
  }
  const domain::ParameterNumber* number = domain::FindParameterNumber(name);
  if (number == nullptr) return false;
  to.*number->member = from.*number->member;
  return true;
}

absl::Status ApplyPath(std::string_view path, const v1::UpdateDerRequest& request,
                       const domain::DerParameters& parameters, domain::Der& der) {
  if (path == "capacity_kw") {
    der.capacity_kw = request.capacity_kw();
  } else if (path == "location") {
    if (!request.has_location()) return Refused("location", "is named in update_mask and must be given");
    der.latitude_deg = request.location().latitude_deg();
    der.longitude_deg = request.location().longitude_deg();
  } else if (path == "region_id") {
    if (request.region_id().empty()) return Refused("region_id", "is named in update_mask and must be given");
    der.region_id = request.region_id();
  } else if (path == "parameters") {
    der.parameters = parameters;
  } else if (path.substr(0, kParameterPrefix.size()) != kParameterPrefix ||
             !CopyParameter(path.substr(kParameterPrefix.size()), parameters, der.parameters)) {
    return Refused("update_mask", absl::StrCat("has the unknown path ", std::string(path), "; name ", kKnownPaths));
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status ApplyUpdate(const v1::UpdateDerRequest& request, domain::Der& der) {
  if (request.update_mask().paths().empty()) {
    return Refused("update_mask", absl::StrCat("must name at least one of ", kKnownPaths));
  }
  const domain::DerParameters parameters = FromProto(request.parameters());
  domain::Der changed = der;
  for (const std::string& path : request.update_mask().paths()) {
    RETURN_IF_ERROR(ApplyPath(path, request, parameters, changed));
  }
  der = std::move(changed);
  return absl::OkStatus();
}

}  // namespace derms::wire
