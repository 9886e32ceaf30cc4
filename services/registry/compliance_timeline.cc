#include "services/registry/compliance_timeline.h"

#include <algorithm>
#include <utility>

#include "libs/base/error.h"
#include "services/registry/compliance_record.h"

namespace derms::registry {
absl::StatusOr<InstalledDevice> DeviceOf(const domain::GridRecord& record, const gridcode::ProfileShelf& profiles) {
  InstalledDevice device{.revision = record.revision, .from = record.put_at};
  ASSIGN_OR_RETURN(device.profile, profiles.Find(record.profile_id));
  ASSIGN_OR_RETURN(device.nameplate, NameplateOf(record));
  ASSIGN_OR_RETURN(device.settings, SettingsOf(record, device.profile->Defaults(device.nameplate)));
  return device;
}

GridTimeline::GridTimeline(const std::vector<domain::GridRecord>& records, const gridcode::ProfileShelf& profiles) {
  for (const domain::GridRecord& record : records) {
    auto device = DeviceOf(record, profiles);
    devices_.push_back(device.ok() ? *std::move(device)
                                   : InstalledDevice{record.revision, record.put_at, nullptr, {}, {}});
  }
  const auto adopted = std::find_if(records.begin(), records.end(),
                                    [](const domain::GridRecord& record) { return record.settings_revision > 0; });
  if (adopted != records.end()) at_first_ = static_cast<std::size_t>(adopted - records.begin());
}

GridTimeline::GridTimeline(InstalledDevice device) {
  device.from = absl::InfinitePast();
  devices_.push_back(std::move(device));
}

const InstalledDevice* GridTimeline::At(absl::Time time) const {
  if (devices_.empty()) return nullptr;
  std::size_t next = devices_.size();
  while (next > 0 && devices_[next - 1].from > time) --next;
  const InstalledDevice& device = devices_[next == 0 ? at_first_ : next - 1];
  if (device.profile == nullptr || (next > 1 && time < device.from + kSettled)) return nullptr;
  return &device;
}

}  // namespace derms::registry
