// One gateway: a stream of set-points over its DERs, a stream of acknowledgements, a stream of readings, and what to do
// when they end.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "derms/v1/control.grpc.pb.h"
#include "derms/v1/telemetry.grpc.pb.h"
#include "libs/base/clock.h"
#include "libs/client/backoff.h"
#include "libs/client/connection.h"
#include "tests/sim/batch_stream.h"
#include "tests/sim/der_book.h"
#include "tests/sim/faults.h"
#include "tests/sim/tally.h"

namespace derms::sim {

// Thread-safe. Nothing happens by itself: Tick opens what is missing and sends what there is.
class Gateway {
 public:
  // Everything but the numbers outlives the gateway.
  struct Surroundings {
    client::Connection& watching;   // ControlService
    client::Connection& answering;  // ControlService
    client::Connection& reporting;  // TelemetryService
    const base::Clock& clock;
    const client::Pacing& pacing;
    Tally& tally;
    FaultOptions faults;
    absl::Duration readings_every;  // infinite: none
  };
  Gateway(int number, Surroundings surroundings, DerBook book);
  ~Gateway();  // Stop must have been called and all streams be gone

  void Tick();
  // Ends all streams, after the batches that are under way; for ever.
  void Stop();
  // Ends them at once.
  void Cancel();
  // True when no stream is open.
  bool IsQuiet() const;

 private:
  using Acks = BatchStream<v1::AcknowledgeInstructionsRequest, v1::AcknowledgeInstructionsResponse>;
  using Readings = BatchStream<v1::ReportReadingsRequest, v1::ReportReadingsResponse>;
  class Watch;
  class AckOwner;
  class ReadingOwner;

  void OnHeard(const v1::WatchSetpointsResponse& message);
  void OnWatchEnd(const grpc::Status& status);
  void OnAcknowledged(const v1::AcknowledgeInstructionsRequest& said,
                      const v1::AcknowledgeInstructionsResponse& answer);
  void OnAckEnd(const grpc::Status& status);
  void OnReadingEnd(const grpc::Status& status);
  void NoteEnd(const char* stream, const grpc::Status& status);
  void OpenWatch() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Restart(absl::Time now) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void DropStreams() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void WaitToAcknowledge(const v1::WatchSetpointsResponse& message, absl::Time now)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  bool MayAcknowledge(absl::Time now) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Acknowledge() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Report(absl::Time now) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const int number_;
  const Surroundings surroundings_;
  const std::unique_ptr<AckOwner> ack_owner_;
  const std::unique_ptr<ReadingOwner> reading_owner_;
  mutable absl::Mutex mutex_;
  DerBook book_ ABSL_GUARDED_BY(mutex_);
  Watch* watch_ ABSL_GUARDED_BY(mutex_) = nullptr;  // each deletes itself after it was forgotten here
  Acks* acks_ ABSL_GUARDED_BY(mutex_) = nullptr;
  Readings* readings_ ABSL_GUARDED_BY(mutex_) = nullptr;
  client::Backoff backoff_ ABSL_GUARDED_BY(mutex_);
  std::string resume_token_ ABSL_GUARDED_BY(mutex_);
  bool was_complete_ ABSL_GUARDED_BY(mutex_) = false;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  absl::Time opens_watch_at_ ABSL_GUARDED_BY(mutex_);
  absl::Time opens_acks_at_ ABSL_GUARDED_BY(mutex_);
  absl::Time acknowledges_at_ ABSL_GUARDED_BY(mutex_) = absl::InfinitePast();
  int waits_ ABSL_GUARDED_BY(mutex_) = 0;
  absl::Time restarts_at_ ABSL_GUARDED_BY(mutex_);
  absl::Time reports_at_ ABSL_GUARDED_BY(mutex_);
  int restarts_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace derms::sim
