#include "services/optimizer/der_curves.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <tuple>
#include <unordered_map>
#include <utility>

#include "absl/strings/str_cat.h"
#include "libs/base/error.h"
#include "libs/base/ids.h"
#include "libs/wire/stored_grid.h"

namespace derms::optimizer {
namespace {

using gridcode::Profile;
using gridcode::StabilityCurves;
using store::DerGridSettings;

// Of those that inverters are sold with.
constexpr gridcode::Categories kUnknown{gridcode::NormalCategory::kB, gridcode::AbnormalCategory::kIII};

gridcode::Categories CategoriesOf(const DerGridSettings& of) {
  const gridcode::Nameplate plate{.normal = wire::NormalCategoryOf(of.normal_category),
                                  .abnormal = wire::AbnormalCategoryOf(of.abnormal_category)};
  return plate.categories();
}

absl::Status NotLoaded(const std::string& der_id, const std::string& profile_id) {
  return base::FailedPrecondition(
      "PROFILE_NOT_LOADED",
      absl::StrCat("profile_id of DER ", der_id, " is ", profile_id,
                   ", a grid code profile that this optimizer does not know; its nominal frequency is needed: start "
                   "the optimizer with the --grid-profiles of the registry"));
}

// A DER and the profile it is under.
struct Under {
  const std::string* der_id = nullptr;
  const Profile* profile = nullptr;
  std::string Words() const {
    return absl::StrCat(*der_id, " is ", profile->id(), " (", profile->nominal_hz(), " Hz)");
  }
};

absl::Status Mixed(const Under& one, const Under& other) {
  return base::FailedPrecondition(
      "MIXED_NOMINAL_FREQUENCY",
      absl::StrCat("profile_id of DER ", one.Words(), " and of DER ", other.Words(),
                   "; the DERs of an area must have one nominal frequency: put the settings of one of them under a "
                   "profile of the area's frequency, or run the parts of the area each by itself"));
}

class Assigner {
 public:
  Assigner(const std::vector<DerGridSettings>& settings, const gridcode::ProfileShelf& profiles, BuiltProblem& built)
      : profiles_(profiles), built_(built), grid_(built.grid) {
    for (const DerGridSettings& of : settings) by_der_.emplace(of.der_key, &of);
  }

  absl::Status Run() {
    RETURN_IF_ERROR(FindRecords());
    const Profile& profile = ProfileOfMost();
    grid_.curves.assign(1, StabilityCurves(profile, kUnknown));
    grid_.settings = SettingsUsed{.profile_id = profile.id()};
    grid_.curve_by_device.assign(records_.size(), 0);
    grid_.reactive_kvar.assign(records_.size(), 0);
    for (std::size_t i = 0; i < records_.size(); ++i) RETURN_IF_ERROR(Assign(i));
    return absl::OkStatus();
  }

 private:
  // By device, with the profiles that they name; refuses those that do not go together.
  absl::Status FindRecords() {
    Under first;
    for (const std::string& der_id : built_.der_ids) {
      const auto found = by_der_.find(base::DerKeyOf(der_id));
      records_.push_back(found == by_der_.end() ? nullptr : found->second);
      if (records_.back() == nullptr) continue;
      const std::string& id = records_.back()->profile_id;
      const auto [known, is_new] = used_.try_emplace(id);
      known->second.der_count++;
      if (!is_new) continue;
      const auto profile = profiles_.Find(id);
      if (!profile.ok()) return NotLoaded(der_id, id);
      known->second.profile = *profile;
      const Under now{&der_id, *profile};
      if (first.profile == nullptr) first = now;
      if (first.profile->nominal_hz() != now.profile->nominal_hz()) return Mixed(first, now);
    }
    return absl::OkStatus();
  }

  // Of several with as many DERs the first by its id; of none the default.
  const Profile& ProfileOfMost() const {
    const Used* most = nullptr;
    for (const auto& [id, used] : used_) {
      if (most == nullptr || used.der_count > most->der_count) most = &used;
    }
    return most == nullptr ? profiles_.Default() : *most->profile;
  }

  absl::Status Assign(std::size_t device) {
    const DerGridSettings* record = records_[device];
    const bool inverter = grid_.apparent_kva[device] > 0;
    if (record == nullptr) {
      grid_.settings->default_count++;
      grid_.reactive_kvar[device] = grid_.standard().reactive_share() * grid_.apparent_kva[device];
      return absl::OkStatus();
    }
    (record->settings_json.empty() ? grid_.settings->default_count : grid_.settings->own_count)++;
    auto curve = CurveOf(*record, built_.der_ids[device]);
    if (!curve.ok()) return curve.status();
    grid_.curve_by_device[device] = *curve;
    if (!inverter) return absl::OkStatus();
    if (record->apparent_kva > 0) grid_.apparent_kva[device] = record->apparent_kva;
    const bool rated = record->inject_kvar > 0 && record->absorb_kvar > 0;
    grid_.reactive_kvar[device] = rated ? std::min(record->inject_kvar, record->absorb_kvar)
                                        : grid_.curves[*curve].reactive_share() * grid_.apparent_kva[device];
    return absl::OkStatus();
  }

  // Most DERs of a fleet were told the same: their settings are read once.
  absl::StatusOr<std::size_t> CurveOf(const DerGridSettings& record, const std::string& der_id) {
    std::string key = absl::StrCat(record.profile_id, "\n", record.normal_category, "\n", record.abnormal_category,
                                   "\n", record.settings_json);
    const auto [known, is_new] = curve_by_text_.try_emplace(std::move(key), grid_.curves.size());
    if (!is_new) return known->second;
    const Profile& profile = *used_.find(record.profile_id)->second.profile;
    const gridcode::Categories categories = CategoriesOf(record);
    if (record.settings_json.empty()) {
      grid_.curves.emplace_back(profile, categories);
      return known->second;
    }
    const auto settings = wire::SettingsFromStoredJson(record.settings_json, {});
    if (!settings) {
      return base::Internal("GRID_RECORD_UNREADABLE",
                            absl::StrCat("settings of DER ", der_id, " cannot be read; put them again"));
    }
    grid_.curves.emplace_back(profile, categories, *settings);
    return known->second;
  }

  struct Used {
    const Profile* profile = nullptr;
    int der_count = 0;
  };
  const gridcode::ProfileShelf& profiles_;
  BuiltProblem& built_;
  GridState& grid_;
  std::unordered_map<base::DerKey, const DerGridSettings*> by_der_;
  std::vector<const DerGridSettings*> records_;  // by device; null: no nameplate
  std::map<std::string, Used, std::less<>> used_;
  std::unordered_map<std::string, std::size_t> curve_by_text_;
};

}  // namespace

absl::Status UseGridSettings(const std::vector<DerGridSettings>& settings, const gridcode::ProfileShelf& profiles,
                             BuiltProblem& built) {
  return Assigner(settings, profiles, built).Run();
}

void UseProfileNear(double measured_hz, const gridcode::ProfileShelf& profiles, BuiltProblem& built) {
  const Profile* nearest = &profiles.Default();
  for (const std::string& id : profiles.ids()) {
    const Profile& profile = **profiles.Find(id);
    if (std::abs(profile.nominal_hz() - measured_hz) < std::abs(nearest->nominal_hz() - measured_hz)) {
      nearest = &profile;
    }
  }
  if (nearest != &profiles.Default()) built.grid.curves.assign(1, StabilityCurves(*nearest, kUnknown));
}

std::string SettingsNote(const SettingsUsed& used, double nominal_hz) {
  return absl::StrCat("what the grid needs was judged of ", used.own_count, " DERs by their own settings and of ",
                      used.default_count, " by the defaults of their category, at ", nominal_hz, " Hz (",
                      used.profile_id, ")");
}

}  // namespace derms::optimizer
