// ControlQueries on PostgreSQL through a pool.
#pragma once

#include "libs/store/control_queries.h"
#include "libs/store/pool.h"

namespace derms::store {

class PgControlQueries final : public ControlQueries {
 public:
  explicit PgControlQueries(Pool& pool) : pool_(pool) {}  // must outlive this

  absl::StatusOr<std::optional<domain::StandingControl>> GetStanding(domain::StandingKind kind,
                                                                     std::string_view control_id,
                                                                     absl::Time deadline) override;
  absl::StatusOr<std::vector<domain::StandingControl>> ListStanding(domain::StandingKind kind,
                                                                    std::optional<absl::Time> not_over_at,
                                                                    std::string_view after_control_id,
                                                                    std::size_t limit, absl::Time deadline) override;
  absl::StatusOr<std::optional<domain::Instruction>> GetInstruction(base::DerKey der_key, std::string_view control_id,
                                                                    absl::Time deadline) override;
  absl::StatusOr<std::vector<domain::Instruction>> ListInstructions(const InstructionFilter& filter,
                                                                    const InstructionPlace& before, absl::Time now,
                                                                    std::size_t limit, absl::Time deadline) override;
  absl::StatusOr<std::vector<domain::EmergencyOrder>> LoadOrders(const std::vector<std::string>& emergency_ids,
                                                                 absl::Time deadline) override;
  absl::StatusOr<AskedOfDers> LoadAsked(const std::vector<base::DerKey>& der_keys, absl::Time from, absl::Time until,
                                        absl::Time deadline) override;
  absl::StatusOr<std::vector<domain::LimitBreach>> OpenBreaches(std::size_t limit, absl::Time deadline) override;

 private:
  Pool& pool_;
};

}  // namespace derms::store
