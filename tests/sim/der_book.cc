#include "tests/sim/der_book.h"

#include <algorithm>
#include <utility>

#include "libs/wire/convert_time.h"

namespace derms::sim {
namespace {

constexpr absl::Duration kForgetEvery = absl::Minutes(1);

v1::Setpoint SetpointOf(const v1::FleetOrder& order, const std::string& der_id) {
  v1::Setpoint setpoint;
  setpoint.set_der_id(der_id);
  setpoint.set_power_kw(order.power_kw());
  setpoint.set_connected(order.connected());
  *setpoint.mutable_valid_until() = order.valid_until();
  setpoint.set_source(v1::CONTROL_SOURCE_EMERGENCY);
  setpoint.set_control_id(order.emergency_id());
  return setpoint;
}

}  // namespace

DerBook::DerBook(std::vector<SimulatedDer> ders, const FaultOptions& faults) : seed_(faults.seed) {
  for (SimulatedDer& der : ders) {
    const DerFaults its = FaultsOf(faults, der.traits().der_id);
    places_.emplace(der.traits().der_id, entries_.size());
    entries_.push_back({std::move(der), its, std::nullopt, {}});
  }
}

absl::flat_hash_map<std::string, int> DerBook::Hear(const v1::WatchSetpointsResponse& message, absl::Time now) {
  if (message.has_holds_until()) holds_until_ = wire::FromProto(message.holds_until());
  absl::flat_hash_map<std::string, int> orders;
  for (const v1::FleetOrder& order : message.orders()) {
    for (Entry& entry : entries_) {
      if (Hear(entry, SetpointOf(order, entry.der.traits().der_id), now)) ++orders[order.emergency_id()];
    }
  }
  for (const v1::Setpoint& setpoint : message.setpoints()) {
    const auto place = places_.find(setpoint.der_id());
    if (place == places_.end()) continue;
    const bool is_new = Hear(entries_[place->second], setpoint, now);
    if (is_new && setpoint.source() == v1::CONTROL_SOURCE_EMERGENCY) ++orders[setpoint.control_id()];
  }
  for (const std::string& der_id : message.removed_der_ids()) {
    const auto place = places_.find(der_id);
    if (place == places_.end()) continue;
    entries_[place->second].setpoint.reset();
    entries_[place->second].told.clear();
  }
  return orders;
}

// True when it is an instruction that the DER had not heard of.
bool DerBook::Hear(Entry& entry, v1::Setpoint setpoint, absl::Time now) {
  bool is_new = false;
  if (IsAcknowledged(setpoint.source())) {
    ToldInstruction* known = Find(entry, setpoint.source(), setpoint.control_id());
    is_new = known == nullptr;
    if (is_new) {
      entry.told.emplace_back(setpoint, entry.faults, now);
    } else {
      known->Retold(setpoint);
    }
  }
  entry.setpoint = std::move(setpoint);
  return is_new;
}

ToldInstruction* DerBook::Find(Entry& entry, v1::ControlSource source, const std::string& control_id) {
  for (ToldInstruction& told : entry.told) {
    if (told.Is(source, control_id)) return &told;
  }
  return nullptr;
}

int DerBook::Advance(absl::Time now) {
  const bool is_lost = now >= holds_until_;
  const bool falls_back = is_lost && !fell_back_;
  fell_back_ = is_lost;
  for (Entry& entry : entries_) {
    ToldInstruction* told = nullptr;
    if (!entry.setpoint || is_lost) {
      entry.der.Follow({});
    } else if (!IsAcknowledged(entry.setpoint->source())) {
      entry.der.Follow(ToldInstruction::TargetOf(*entry.setpoint));
    } else {
      told = Find(entry, entry.setpoint->source(), entry.setpoint->control_id());
    }
    if (told != nullptr) {
      told->Advance(entry.der, now);
    } else {
      entry.der.Advance(now);
    }
  }
  if (now >= forgets_at_) Forget(now);
  return falls_back ? static_cast<int>(entries_.size()) : 0;
}

void DerBook::Forget(absl::Time now) {
  forgets_at_ = now + kForgetEvery;
  for (Entry& entry : entries_) {
    const auto holds = [&](const ToldInstruction& told) {
      return entry.setpoint && told.Is(entry.setpoint->source(), entry.setpoint->control_id());
    };
    std::vector<ToldInstruction> kept;
    for (ToldInstruction& told : entry.told) {
      if (holds(told) || !told.IsForgettable(now)) kept.push_back(std::move(told));
    }
    entry.told.swap(kept);
  }
}

v1::AcknowledgeInstructionsRequest DerBook::TakeAcknowledgements(std::size_t most) {
  v1::AcknowledgeInstructionsRequest request;
  for (Entry& entry : entries_) {
    for (ToldInstruction& told : entry.told) {
      if (static_cast<std::size_t>(request.items_size()) == most) return request;
      if (told.IsToBeSaid()) *request.add_items() = told.Say(entry.der.traits().der_id);
    }
  }
  return request;
}

void DerBook::Answered(const v1::AcknowledgeInstructionsRequest& said) {
  for (const v1::Acknowledgement& item : said.items()) {
    const auto place = places_.find(item.der_id());
    if (place == places_.end()) continue;
    ToldInstruction* told = Find(entries_[place->second], item.source(), item.control_id());
    if (told != nullptr) told->Answered();
  }
}

void DerBook::Unanswered() {
  for (Entry& entry : entries_) {
    for (ToldInstruction& told : entry.told) told.Unanswered();
  }
}

v1::ReportReadingsRequest DerBook::Readings(absl::Time now) const {
  v1::ReportReadingsRequest request;
  for (const Entry& entry : entries_) {
    v1::Reading& reading = *request.add_readings();
    reading.set_der_id(entry.der.traits().der_id);
    *reading.mutable_measured_at() = wire::ToProto(now);
    reading.set_power_kw(entry.der.power_kw());
    if (entry.der.is_storage()) reading.set_state_of_charge_kwh(entry.der.energy_kwh());
    if (entry.der.traits().grid != nullptr) MeasureGrid(entry, now, reading);
    reading.set_quality(v1::READING_QUALITY_VALID);
  }
  return request;
}

void DerBook::MeasureGrid(const Entry& entry, absl::Time now, v1::Reading& reading) const {
  const DerTraits& traits = entry.der.traits();
  const GridState grid = GridAt(seed_, traits.region_id, traits.der_id, traits.grid->profile->nominal_hz(), now);
  const bool connected = entry.der.target().connected;
  reading.set_voltage_v(grid.v_pu * traits.grid->nameplate.v_nominal_v);
  reading.set_frequency_hz(grid.f_hz);
  reading.set_reactive_power_kvar(connected ? traits.grid->ReactivePower(grid, entry.der.power_kw(), entry.faults.stuck)
                                            : 0);
}

std::vector<std::string> DerBook::DerIds() const {
  std::vector<std::string> ids;
  for (const Entry& entry : entries_) ids.push_back(entry.der.traits().der_id);
  return ids;
}

}  // namespace derms::sim
