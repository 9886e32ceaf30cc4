// The DERs behind one gateway: what they were told, what they do about it, and what there is to say. Pure: no streams,
// no clock.
//
// What was told holds until `holds_until` of the last message; a gateway that hears nothing more falls back to no
// power.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/time/time.h"
#include "derms/v1/control.pb.h"
#include "derms/v1/telemetry.pb.h"
#include "tests/sim/faults.h"
#include "tests/sim/simulated_der.h"
#include "tests/sim/told_instruction.h"

namespace derms::sim {

// Not thread-safe.
class DerBook {
 public:
  DerBook(std::vector<SimulatedDer> ders, const FaultOptions& faults);

  // Takes in a message; returns the emergency orders in it that are new to this gateway, by how many DERs they bind.
  absl::flat_hash_map<std::string, int> Hear(const v1::WatchSetpointsResponse& message, absl::Time now);
  // Moves every DER on. Returns how many fell back because nothing was heard for too long.
  int Advance(absl::Time now);

  // At most `most`, one for each instruction of a DER; they are under way until answered or given up.
  v1::AcknowledgeInstructionsRequest TakeAcknowledgements(std::size_t most);
  void Answered(const v1::AcknowledgeInstructionsRequest& said);
  // The stream was lost: all that is under way is to be said again.
  void Unanswered();
  v1::ReportReadingsRequest Readings(absl::Time now) const;

  std::vector<std::string> DerIds() const;
  std::size_t size() const { return entries_.size(); }
  const SimulatedDer& der(std::size_t place) const { return entries_[place].der; }

 private:
  struct Entry {
    SimulatedDer der;
    DerFaults faults;
    std::optional<v1::Setpoint> setpoint;  // told last
    std::vector<ToldInstruction> told;     // few
  };

  bool Hear(Entry& entry, v1::Setpoint setpoint, absl::Time now);
  static ToldInstruction* Find(Entry& entry, v1::ControlSource source, const std::string& control_id);
  void Forget(absl::Time now);

  void MeasureGrid(const Entry& entry, absl::Time now, v1::Reading& reading) const;

  const std::uint64_t seed_;
  std::vector<Entry> entries_;
  absl::flat_hash_map<std::string, std::size_t> places_;
  absl::Time holds_until_ = absl::InfiniteFuture();
  bool fell_back_ = false;
  absl::Time forgets_at_ = absl::InfinitePast();
};

}  // namespace derms::sim
