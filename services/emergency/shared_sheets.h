// What is asked of the DERs of many streams, read together: when an order wakes ten thousand streams, each would
// otherwise ask the database for its own few DERs.
//
// Whoever reads first reads for others that are expected too, and leaves them what it found. What was found for a
// stream is good only while nothing has changed for it since before the read.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "libs/base/clock.h"
#include "services/emergency/control_sheet.h"
#include "services/emergency/setpoint_hub.h"

namespace derms::emergency {

// Thread-safe.
class SharedSheets {
 public:
  static constexpr std::size_t kMostDers = 5'000;  // of one read, unless one stream has more
  // How far ahead controls are looked for; a stream looks again when that is over.
  static constexpr absl::Duration kLookAhead = absl::Minutes(15);
  // And when what an order asks may be different once it is written down.
  static constexpr absl::Duration kLookAgain = absl::Seconds(1);

  // All must outlive it.
  SharedSheets(const ControlSheets& sheets, const SetpointHub& hub, const base::Clock& clock)
      : sheets_(sheets), hub_(hub), clock_(clock) {}

  struct Found {
    absl::Time until;                                    // when it is worth another look at the latest
    std::vector<std::vector<domain::Control>> by_place;  // of the DER in the list asked for
  };
  using Ders = std::shared_ptr<const std::vector<DerPtr>>;

  // One stream's part; it goes with its last reference.
  class Reader {
   public:
    explicit Reader(std::shared_ptr<SetpointMember> member) : member_(std::move(member)) {}

   private:
    friend class SharedSheets;
    const std::shared_ptr<SetpointMember> member_;
    // Under the mutex of the SharedSheets.
    Ders ders_ = std::make_shared<const std::vector<DerPtr>>();
    bool expected_ = false, is_read_ = false;  // waits in the queue; belongs to the read under way
    std::unique_ptr<Found> found_;
    std::uint64_t found_after_ = 0;  // the changes that `found_` knows
  };
  using ReaderPtr = std::shared_ptr<Reader>;

  // The DERs that the reader asks about.
  void SetDers(Reader& reader, Ders ders);
  // The reader will Collect soon: others may do it with theirs. Never blocks on the database.
  void Expect(const ReaderPtr& reader);
  // What is asked of its DERs from now on. Blocks on the database, or on whoever is reading it already. Errors of the
  // queries. One thread at a time for each reader, also in SetDers.
  absl::StatusOr<Found> Collect(const ReaderPtr& reader, absl::Time deadline);

 private:
  using Batch = std::vector<ReaderPtr>;

  std::unique_ptr<Found> TakeFound(Reader& reader) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  Batch TakeBatch(const ReaderPtr& first) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::StatusOr<Found> Read(const std::vector<Ders>& lists, absl::Time deadline) const;

  const ControlSheets& sheets_;
  const SetpointHub& hub_;
  const base::Clock& clock_;
  absl::Mutex mutex_;
  std::deque<std::weak_ptr<Reader>> expected_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace derms::emergency
