// Queries on PostgreSQL through a pool. pg_queries.cc: DERs, roles, requests; pg_series.cc; pg_runs.cc: runs and
// schedules; pg_planned_states.cc; pg_policies.cc; pg_grid_records.cc; pg_grid_of_ders.cc;
// pg_events.cc: orders, events, the chain.
#pragma once

#include "libs/store/pool.h"
#include "libs/store/queries.h"
#include "libs/store/read_as.h"

namespace derms::store {

class PgQueries final : public Queries {
 public:
  explicit PgQueries(Pool& pool) : pool_(pool) {}  // must outlive this

  absl::StatusOr<std::vector<domain::Der>> LoadDers(const std::vector<std::string>& der_ids,
                                                    absl::Time deadline) override;
  absl::StatusOr<std::vector<domain::MaintenanceRecord>> ListMaintenance(
      std::string_view der_id, std::optional<std::pair<absl::Time, std::string>> before, std::size_t limit,
      absl::Time deadline) override;
  absl::StatusOr<std::optional<domain::GridRecord>> GetGridRecord(std::string_view der_id,
                                                                  absl::Time deadline) override;
  absl::StatusOr<std::vector<DerGridHours>> LoadGridHours(const std::vector<base::DerKey>& der_keys, absl::Time from,
                                                          absl::Time until, absl::Time deadline) override;
  absl::StatusOr<std::vector<DerGridSettings>> LoadGridSettings(const std::vector<base::DerKey>& der_keys,
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
  absl::StatusOr<std::vector<RunningRun>> ListRunningRuns(absl::Duration silence, std::size_t limit,
                                                          absl::Time deadline) override;
  absl::StatusOr<std::vector<domain::Run>> ListRuns(const RunFilter& filter,
                                                    std::optional<std::pair<absl::Time, std::string>> before,
                                                    std::size_t limit, absl::Time deadline) override;
  absl::StatusOr<std::vector<SetPoint>> ListSchedules(const ScheduleFilter& filter, std::string_view after_der_id,
                                                      absl::Time after_time, std::size_t limit,
                                                      absl::Time deadline) override;
  absl::StatusOr<std::vector<DerSchedule>> ListRunSchedules(const ScheduleFilter& filter, std::string_view after_der_id,
                                                            std::size_t limit, absl::Time deadline) override;
  absl::StatusOr<domain::PlannedStates> LoadPlannedStates(const std::vector<base::DerKey>& der_keys, absl::Time from,
                                                          absl::Time until, absl::Time known_at,
                                                          absl::Time deadline) override;
  absl::StatusOr<std::optional<domain::OptimizationPolicy>> GetPolicy(std::string_view policy_id,
                                                                      absl::Time deadline) override;
  absl::StatusOr<std::vector<domain::OptimizationPolicy>> ListPolicies(std::optional<std::string> region_id,
                                                                       std::string_view after_policy_id,
                                                                       std::size_t limit, absl::Time deadline) override;
  absl::StatusOr<std::vector<PolicyToStep>> DuePolicies(std::size_t limit, absl::Time deadline) override;
  absl::StatusOr<std::optional<domain::EmergencyOrder>> GetEmergency(std::string_view emergency_id,
                                                                     absl::Time deadline) override;
  absl::StatusOr<std::vector<domain::EmergencyOrder>> ListEmergencies(
      bool active_only, std::optional<std::pair<absl::Time, std::string>> before, std::size_t limit,
      absl::Time deadline) override;
  absl::StatusOr<std::vector<domain::EmergencyOrder>> ListOverdueEmergencies(std::size_t limit,
                                                                             absl::Time deadline) override;
  absl::StatusOr<std::vector<domain::EmergencyOrder>> ListRestoredEmergencies(std::size_t limit,
                                                                              absl::Time deadline) override;
  absl::StatusOr<std::vector<domain::Event>> ReadEvents(std::int64_t after_sequence, std::size_t limit,
                                                        absl::Time deadline) override;
  absl::StatusOr<ChainHead> ReadChainHead(absl::Time deadline) override;
  absl::StatusOr<ChainCheck> VerifyChain(std::int64_t from_sequence, std::size_t limit,
                                         const std::optional<ChainHead>& checkpoint, absl::Time deadline) override;
  absl::StatusOr<std::optional<KnownResponse>> FindResponse(base::DerKey der_key, std::string_view request_key,
                                                            absl::Time deadline) override;

 private:
  // Runs one statement and turns its rows into Ts; the result is kept only when all went well. `params` makes the
  // parameters inside the guarded work: text that cannot be stored throws.
  template <typename T, typename ParamsOf, typename Of>
  absl::StatusOr<std::vector<T>> Select(absl::Time deadline, const Statement& statement, ParamsOf params, Of of) {
    return ReadAs<std::vector<T>>(pool_, Transaction::Kind::kReadOnly, deadline, [&](Transaction& transaction) {
      return All<T>(transaction.Run(statement, params()), of);
    });
  }
  template <typename T, typename ParamsOf, typename Of>
  absl::StatusOr<std::optional<T>> SelectOne(absl::Time deadline, const Statement& statement, ParamsOf params, Of of) {
    auto found = Select<T>(deadline, statement, params, of);
    if (!found.ok()) return found.status();
    if (found->empty()) return std::optional<T>();
    return std::optional<T>(std::move(found->front()));
  }

  Pool& pool_;
};

}  // namespace derms::store
