// Reads what the read model keeps: everything at start, single things when events tell of them. Blocks.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "libs/domain/der.h"
#include "libs/domain/region.h"
#include "libs/store/pool.h"
#include "libs/store/status_overlay.h"

namespace derms::store {

class FleetLoader {
 public:
  FleetLoader(ConnectOptions connect, Pool& pool) : connect_(std::move(connect)), pool_(pool) {}

  absl::Status AllDers(const std::function<void(domain::Der)>& each) const;
  absl::Status AllReadings(const std::function<void(domain::Reading)>& each) const;
  absl::StatusOr<std::vector<domain::Region>> Regions(absl::Time deadline) const;
  absl::StatusOr<std::vector<domain::CapacityRule>> CapacityRules(absl::Time deadline) const;
  absl::StatusOr<std::int64_t> LastOrderNumber(absl::Time deadline) const;
  // Orders that hold DERs, in force or over; those whose end nobody has written down yet too.
  absl::StatusOr<std::vector<domain::EmergencyOrder>> HoldingOrders(std::int64_t after_number, std::size_t limit,
                                                                    absl::Time deadline) const;
  // Windows of applied runs that are not over; of one run when it is given.
  absl::StatusOr<std::vector<ScheduleWindow>> Windows(std::optional<std::string> run_id, absl::Time deadline) const;
  absl::StatusOr<std::vector<domain::Reading>> Readings(const std::vector<base::DerKey>& keys,
                                                        absl::Time deadline) const;

  // Readings tell of themselves by the markers of their batches, as they have no events.
  struct NewReadings {
    std::vector<base::DerKey> der_keys;
    std::string through_xid;  // where to go on
  };
  absl::StatusOr<std::string> ReadingCursor(absl::Time deadline) const;  // everything older is in what is loaded after
  absl::StatusOr<NewReadings> ReadingsAfter(const std::string& xid, const std::string& without_writer,
                                            absl::Time deadline) const;

 private:
  const ConnectOptions connect_;
  Pool& pool_;
};

}  // namespace derms::store
