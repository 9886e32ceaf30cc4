// Reads that go to PostgreSQL. They block: call them on a worker pool, never on a thread of gRPC.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "libs/domain/access.h"
#include "libs/domain/der.h"
#include "libs/domain/grid_record.h"
#include "libs/domain/records.h"

namespace derms::store {

struct PrincipalRow {
  std::string subject;
  std::vector<domain::Grant> grants;
};

struct SeriesInfo {
  std::string series_id;
  domain::SeriesKind kind = domain::SeriesKind::kLoadKw;
  absl::Time starts_at;  // of the first stored value
  absl::Time ends_at;    // of the last one
  absl::Duration interval;
  std::int64_t stored_count = 0;
};

struct ScheduleFilter {
  std::optional<std::string> der_id;
  std::optional<std::string> owner_id;
  std::optional<std::string> run_id;          // none: the newest applied run that covers each interval
  std::vector<std::string> region_ids;        // empty: all
  absl::Time from = absl::InfinitePast();     // intervals that end after it
  absl::Time until = absl::InfiniteFuture();  // intervals that begin before it
};

struct SetPoint {
  std::string der_id;
  absl::Time starts_at;
  double power_kw = 0;
  int priority = 0;
  int grid_stability_score = 0;
  std::optional<double> state_of_charge_kwh;
  std::string run_id;
};

// All intervals of a DER in a run.
struct DerSchedule {
  domain::Der der;                          // as it is now
  std::vector<double> power_kw;             // generation positive
  std::vector<double> state_of_charge_kwh;  // at interval ends; empty: no storage
};

struct KnownResponse {
  std::string request_sha256;  // of the request that was answered: another one is REQUEST_ID_REUSED
  std::string response_bytes;
};

// A policy that the runner must look at.
struct PolicyToStep {
  domain::OptimizationPolicy policy;
  bool due = false;  // by the database's clock; otherwise its last run has ended and that is not noted yet
};

struct ChainCheck {
  bool valid = true;
  std::int64_t broken_sequence = 0;
  std::string finding;
  std::int64_t checked = 0;
  std::int64_t through_sequence = 0;
};

struct RunFilter {
  std::optional<std::string> region_id;
  bool applied_only = false;
  std::optional<domain::RunState> state;
};

// What the processes that solve need to know of each other's runs.
struct RunningRun {
  std::string run_id;
  std::string runner;
  std::string cancelled_by;  // empty: nobody asked for its end
  bool silent = false;       // its process is gone, or cannot reach the database
};

// Extremes of what a DER measured in some hours; absent: it did not measure it.
struct DerGridHours {
  base::DerKey der_key = 0;
  std::optional<double> lowest_hz, highest_hz, lowest_v, highest_v;
};

// How a DER answers frequency and voltage, from its newest record of nameplate and settings (libs/wire/stored_grid.h).
struct DerGridSettings {
  base::DerKey der_key = 0;
  std::string profile_id;
  // That hold: configured, else of the nameplate; 0: not given.
  double apparent_kva = 0, inject_kvar = 0, absorb_kvar = 0;
  double v_nominal_v = 0;                          // 0: not given
  std::string normal_category, abnormal_category;  // words of derms.v1; empty: not given
  std::string settings_json;                       // droop and volt_var of derms.v1.GridSettings; empty: none adopted
};

struct ChainHead {
  std::int64_t sequence = 0;
  std::string hash_hex;
};

inline constexpr int kPlansLookedAt = 4;

// Every method: DEADLINE_EXCEEDED when `deadline` passes (it becomes the statement timeout), UNAVAILABLE
// DATABASE_UNAVAILABLE when the database cannot be reached, RESOURCE_EXHAUSTED when no connection is free in time.
// Pages: at most `limit` rows after the given key. Thread-safe.
class Queries {
 public:
  virtual ~Queries() = default;
  virtual absl::StatusOr<std::vector<domain::Der>> LoadDers(const std::vector<std::string>& der_ids,
                                                            absl::Time deadline) = 0;
  virtual absl::StatusOr<std::vector<domain::MaintenanceRecord>> ListMaintenance(
      std::string_view der_id, std::optional<std::pair<absl::Time, std::string>> before, std::size_t limit,
      absl::Time deadline) = 0;  // newest first, after (recorded_at, record_id)
  // The newest record of nameplate and settings.
  virtual absl::StatusOr<std::optional<domain::GridRecord>> GetGridRecord(std::string_view der_id,
                                                                          absl::Time deadline) = 0;
  // From the hours of readings of these DERs that begin in [from, until); DERs without any are absent.
  virtual absl::StatusOr<std::vector<DerGridHours>> LoadGridHours(const std::vector<base::DerKey>& der_keys,
                                                                  absl::Time from, absl::Time until,
                                                                  absl::Time deadline) = 0;
  // Of those of these DERs that have a nameplate.
  virtual absl::StatusOr<std::vector<DerGridSettings>> LoadGridSettings(const std::vector<base::DerKey>& der_keys,
                                                                        absl::Time deadline) = 0;
  virtual absl::StatusOr<std::vector<PrincipalRow>> ListPrincipals(std::string_view after_subject, std::size_t limit,
                                                                   absl::Time deadline) = 0;
  virtual absl::StatusOr<std::vector<SeriesInfo>> ListSeries(std::optional<std::string> series_id,
                                                             std::string_view after_series_id, std::size_t limit,
                                                             absl::Time deadline) = 0;
  // Values in [from, until) of each series, missing ones as NaN; series that do not exist are absent.
  virtual absl::StatusOr<std::vector<domain::SeriesPiece>> LoadSeries(const std::vector<std::string>& series_ids,
                                                                      absl::Time from, absl::Time until,
                                                                      absl::Time deadline) = 0;
  virtual absl::StatusOr<std::optional<domain::Run>> GetRun(std::string_view run_id, absl::Time deadline) = 0;
  virtual absl::StatusOr<std::vector<domain::Run>> ListRuns(const RunFilter& filter,
                                                            std::optional<std::pair<absl::Time, std::string>> before,
                                                            std::size_t limit, absl::Time deadline) = 0;
  // All that are RUNNING now; `silence` is how long without a sign of life makes one silent.
  virtual absl::StatusOr<std::vector<RunningRun>> ListRunningRuns(absl::Duration silence, std::size_t limit,
                                                                  absl::Time deadline) = 0;
  virtual absl::StatusOr<std::vector<SetPoint>> ListSchedules(const ScheduleFilter& filter,
                                                              std::string_view after_der_id, absl::Time after_time,
                                                              std::size_t limit, absl::Time deadline) = 0;
  // The DERs of the run that the filter names (times do not narrow it), by der_id after the given one.
  virtual absl::StatusOr<std::vector<DerSchedule>> ListRunSchedules(const ScheduleFilter& filter,
                                                                    std::string_view after_der_id, std::size_t limit,
                                                                    absl::Time deadline) = 0;
  // What the schedules in force say of these DERs from `from` until `until` (a bound) and on to the end of the interval
  // that `until` lies in. In force is for each DER the newest applied run; one that the last kPlansLookedAt runs of an
  // area over the whole stretch left out counts as unplanned. Runs that came into force after `known_at` do not count.
  // A statement per run that matters, none per DER.
  virtual absl::StatusOr<domain::PlannedStates> LoadPlannedStates(const std::vector<base::DerKey>& der_keys,
                                                                  absl::Time from, absl::Time until,
                                                                  absl::Time known_at, absl::Time deadline) = 0;
  virtual absl::StatusOr<std::optional<domain::OptimizationPolicy>> GetPolicy(std::string_view policy_id,
                                                                              absl::Time deadline) = 0;
  virtual absl::StatusOr<std::vector<domain::OptimizationPolicy>> ListPolicies(std::optional<std::string> region_id,
                                                                               std::string_view after_policy_id,
                                                                               std::size_t limit,
                                                                               absl::Time deadline) = 0;
  // Those that are due, and those whose last run has ended without that being noted; the longest due first.
  virtual absl::StatusOr<std::vector<PolicyToStep>> DuePolicies(std::size_t limit, absl::Time deadline) = 0;
  virtual absl::StatusOr<std::optional<domain::EmergencyOrder>> GetEmergency(std::string_view emergency_id,
                                                                             absl::Time deadline) = 0;
  virtual absl::StatusOr<std::vector<domain::EmergencyOrder>> ListEmergencies(
      bool active_only, std::optional<std::pair<absl::Time, std::string>> before, std::size_t limit,
      absl::Time deadline) = 0;
  // Orders whose end has passed and was not written down yet, by their end.
  virtual absl::StatusOr<std::vector<domain::EmergencyOrder>> ListOverdueEmergencies(std::size_t limit,
                                                                                     absl::Time deadline) = 0;
  // Orders that have ended, all of whose DERs are back, and whose return was not told of yet.
  virtual absl::StatusOr<std::vector<domain::EmergencyOrder>> ListRestoredEmergencies(std::size_t limit,
                                                                                      absl::Time deadline) = 0;
  virtual absl::StatusOr<std::vector<domain::Event>> ReadEvents(std::int64_t after_sequence, std::size_t limit,
                                                                absl::Time deadline) = 0;
  virtual absl::StatusOr<ChainHead> ReadChainHead(absl::Time deadline) = 0;
  virtual absl::StatusOr<ChainCheck> VerifyChain(std::int64_t from_sequence, std::size_t limit,
                                                 const std::optional<ChainHead>& checkpoint, absl::Time deadline) = 0;
  // The stored answer to a repeated request (RequestKeyOf, mutation.h), if it is known. Whether it was the same request
  // is the caller's to judge.
  virtual absl::StatusOr<std::optional<KnownResponse>> FindResponse(base::DerKey der_key, std::string_view request_key,
                                                                    absl::Time deadline) = 0;
};

}  // namespace derms::store
