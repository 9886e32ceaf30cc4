// Writes down DER by DER what emergency orders ask: one process at a time, in steps, the newest order first.
//
// An order is in force from its row on; the instructions make visible what became of it, and fix set-points that hang
// on what a DER did before (libs/domain/pinning.h). A step is one transaction under the leader's fence, and where the
// next one begins is in the database (libs/store/expansion.h): whoever leads next goes on there.
#pragma once

#include <functional>
#include <memory>
#include <set>
#include <string>

#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "libs/base/clock.h"
#include "libs/observe/log.h"
#include "libs/server/archive.h"
#include "libs/store/background_loop.h"
#include "libs/store/event_listener.h"
#include "libs/store/expansion.h"
#include "libs/store/fence.h"
#include "libs/store/read_model.h"
#include "services/emergency/order_pins.h"

namespace derms::emergency {

class Expander final : public store::EventListener {
 public:
  // DERs of a step: what is in memory at a time, and what a newer order waits for.
  static constexpr std::size_t kStep = 1000;
  static constexpr std::size_t kMostLate = 10'000;

  // All must outlive it.
  struct Parts {
    const store::ReadModel& fleet;
    store::Expansions& expansions;
    PinBook& pins;
    server::Archive& archive;
    const base::Clock& clock;
    observe::Logger& logger;
  };
  // `fence` is asked before each step: none while another process leads.
  Expander(Parts parts, std::function<std::optional<store::Fence>()> fence, std::size_t step = kStep)
      : parts_(parts), fence_(std::move(fence)), step_(step) {}
  ~Expander() override { Stop(); }

  // Looks whenever events tell of an order, and every `interval`, until Stop. The owner starts and stops.
  void Start(absl::Duration interval);
  void Stop();

  // One step of the newest order that is not expanded; whether it made one. Blocks on the database. Errors of
  // Expansions and Archive.
  absl::StatusOr<bool> Step();
  // Instructions of the DERs that have come to be bound since, by what events told. Blocks on the database.
  absl::Status TellLate();

  // store::EventListener
  void OnEvents(const std::vector<domain::Event>& events) override;

 private:
  // A step, or what came late; until when to rest.
  absl::Duration Work(absl::Duration interval);
  void Report(const absl::Status& outcome);
  absl::Status TellLate(const std::set<std::string>& changed, const store::Fence& fence);
  absl::Status Load(const std::vector<store::DerName>& ders, absl::Time deadline) const;
  // `recall`: whether readings that memory does not know are looked up in their history.
  absl::Status Tell(const OrderPins& pins, const std::vector<store::DerName>& ders, bool recall, absl::Time deadline,
                    store::ExpansionStep& step) const;
  absl::StatusOr<store::WrittenSetpoints> WrittenOf(const std::vector<domain::EmergencyOrder>& older,
                                                    const std::vector<store::DerName>& ders, absl::Time deadline) const;
  absl::StatusOr<RecalledReadings> Recall(const OrderPins& pins, const std::vector<store::DerName>& ders,
                                          const store::WrittenSetpoints& written, absl::Time deadline) const;

  const Parts parts_;
  const std::function<std::optional<store::Fence>()> fence_;
  const std::size_t step_;
  absl::Mutex mutex_;
  std::set<std::string> changed_ders_ ABSL_GUARDED_BY(mutex_);
  std::string reported_;  // the last error, of the loop's thread
  std::unique_ptr<store::BackgroundLoop> loop_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace derms::emergency
