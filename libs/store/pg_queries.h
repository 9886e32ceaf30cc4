// Queries on PostgreSQL, through the pool. Split by subject: pg_queries_fleet.cc, _operation.cc, _events.cc.
#pragma once

#include "libs/store/pool.h"
#include "libs/store/queries.h"

namespace derms::store {

// The pool must outlive it. Thread-safe.
class PgQueries final : public Queries {
 public:
  explicit PgQueries(Pool& pool) : pool_(pool) {}

  absl::StatusOr<std::vector<domain::Der>> LoadDers(const std::vector<std::string>& der_ids,
                                                    absl::Time deadline) override;
  absl::StatusOr<std::vector<domain::MaintenanceRecord>> ListMaintenance(
      std::string_view der_id, std::optional<std::pair<absl::Time, std::string>> before, std::size_t limit,
      absl::Time deadline) override;
  absl::StatusOr<std::vector<PrincipalRow>> ListPrincipals(std::string_view after_subject, std::size_t limit,
                                                           absl::Time deadline) override;
  absl::StatusOr<std::vector<SeriesInfo>> ListSeries(std::optional<std::string> series_id,
                                                     std::string_view after_series_id, std::size_t limit,
                                                     absl::Time deadline) override;
  absl::StatusOr<std::vector<domain::SeriesPiece>> LoadSeries(const std::vector<std::string>& series_ids,
                                                              absl::Time from, absl::Time until,
                                                              absl::Time deadline) override;
  absl::StatusOr<std::optional<domain::Run>> GetRun(std::string_view run_id, absl::Time deadline) override;
  absl::StatusOr<std::vector<domain::Run>> ListRuns(std::optional<std::string> region_id, bool applied_only,
                                                    std::optional<std::pair<absl::Time, std::string>> before,
                                                    std::size_t limit, absl::Time deadline) override;
  absl::StatusOr<std::vector<SetPoint>> ListSchedules(const ScheduleFilter& filter, std::string_view after_der_id,
                                                      absl::Time after_time, std::size_t limit,
                                                      absl::Time deadline) override;
  absl::StatusOr<std::optional<domain::EmergencyOrder>> GetEmergency(std::string_view emergency_id,
                                                                     absl::Time deadline) override;
  absl::StatusOr<std::vector<domain::EmergencyOrder>> ListEmergencies(
      bool active_only, std::optional<std::pair<absl::Time, std::string>> before, std::size_t limit,
      absl::Time deadline) override;
  absl::StatusOr<std::vector<domain::Event>> ReadEvents(std::int64_t after_sequence, std::size_t limit,
                                                        absl::Time deadline) override;
  absl::StatusOr<ChainHead> ReadChainHead(absl::Time deadline) override;
  absl::StatusOr<ChainCheck> VerifyChain(std::int64_t from_sequence, std::size_t limit,
                                         const std::optional<ChainHead>& checkpoint, absl::Time deadline) override;
  absl::StatusOr<std::optional<KnownResponse>> FindResponse(std::string_view principal, std::string_view method,
                                                            base::DerKey der_key, std::string_view request_id,
                                                            absl::Time deadline) override;

 private:
  // Runs one read and returns what `read` made of it.
  template <typename T>
  absl::StatusOr<T> Read(absl::Time deadline, const std::function<T(Transaction&)>& read) {
    T result{};
    // The pool may run the work twice when an old connection broke: the last result counts.
    const absl::Status status = pool_.Read(deadline, [&](Transaction& transaction) { result = read(transaction); });
    if (!status.ok()) return status;
    return result;
  }

  Pool& pool_;
};

// The key after which a page newest first goes on; without one, a time after everything.
struct Before {
  explicit Before(const std::optional<std::pair<absl::Time, std::string>>& key)
      : time(key ? key->first : absl::InfiniteFuture()), id(key ? key->second : std::string()) {}
  absl::Time time;
  std::string id;
};

}  // namespace derms::store
