// Expanding emergency orders to instructions: which order is next, its DERs, and the steps in which their instructions
// are written.
//
// Everything that must not happen twice is in the database: a step is one transaction that holds the leader's fence
// (lease.h), moves the order's cursor on from where the leader found it, and inserts rows named by DER and order.
#pragma once

#include <compare>
#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "libs/base/ids.h"
#include "libs/domain/control.h"
#include "libs/domain/instruction.h"
#include "libs/domain/reading_codec.h"
#include "libs/domain/records.h"
#include "libs/store/fence.h"
#include "libs/store/pool.h"

namespace derms::store {

inline constexpr base::DerKey kFirstDerKey = std::numeric_limits<base::DerKey>::min();

// An order in force and where its expansion stands.
struct Expansion {
  domain::EmergencyOrder order;
  base::DerKey next_key = kFirstDerKey;  // DERs below it are done
};

// Some of the DERs that may be bound by an order.
struct DersInScope {
  std::string der_id;                               // only this one
  std::optional<std::vector<std::string>> regions;  // only in these
  absl::Time registered_before;
};
struct DerName {
  base::DerKey der_key = 0;
  std::string der_id;
};

struct DerMoment {
  base::DerKey der_key = 0;
  absl::Time at;
  auto operator<=>(const DerMoment& other) const {
    return std::pair(der_key, absl::ToUnixMicros(at)) <=> std::pair(other.der_key, absl::ToUnixMicros(other.at));
  }
  bool operator==(const DerMoment& other) const { return (*this <=> other) == 0; }
};

// What orders ask of some DERs, as far as it is written down.
struct WrittenSetpoints {
  std::map<std::pair<std::string, base::DerKey>, double> power_kw;  // by order and DER
  std::set<std::string> expanded;                                   // orders of which every DER has been told
};

// What some DERs of an order are told.
struct ExpansionStep {
  std::string emergency_id;
  base::DerKey from_key = kFirstDerKey, next_key = kFirstDerKey;  // before the step, after it
  bool complete = false;                                          // the last one
  std::vector<std::pair<DerName, domain::Control>> told;          // by key, none twice
  int silent_count = 0;                                           // DERs that are asked nothing
};

// What became of an order's instructions, as stored: an order that is over leaves them in the state they were in.
struct ExpansionTally {
  struct OfState {
    domain::InstructionState state;
    int count = 0;
  };
  std::vector<OfState> states;  // none of count 0
  int unanswered_count = 0;     // NEW or SENT and told at or before the time asked about
  int asked_count = 0;          // of whom power is asked
  int reported_count = 0;       // of those, who have reported what they delivered
  double requested_kw = 0, delivered_kw = 0;
  int silent_count = 0;
  bool complete = false;
};

// Thread-safe. The methods block on the database: call them on a thread that may wait. Errors as those of Pool::Run.
class Expansions {
 public:
  virtual ~Expansions() = default;

  // Of the orders that are in force and not expanded, the newest. Exercises are none of them.
  virtual absl::StatusOr<std::optional<Expansion>> Next(absl::Time deadline) = 0;
  // The orders in force when this one was given, as they were then, ACTIVE: those with a lower number (all are stored),
  // and those that began earlier as far as they are stored. Of two orders at least one is told of the other.
  virtual absl::StatusOr<std::vector<domain::EmergencyOrder>> OrdersBefore(const domain::EmergencyOrder& order,
                                                                           absl::Time deadline) = 0;
  // Active DERs by key, from `from_key` on.
  virtual absl::StatusOr<std::vector<DerName>> Ders(const DersInScope& scope, base::DerKey from_key, std::size_t limit,
                                                    absl::Time deadline) = 0;
  // The set-points that these orders ask of these DERs.
  virtual absl::StatusOr<WrittenSetpoints> Written(const std::vector<base::DerKey>& der_keys,
                                                   const std::vector<std::string>& emergency_ids,
                                                   absl::Time deadline) = 0;
  // The newest reading of each DER from before its moment; one statement. None of a DER that has none in the history
  // of readings, and none at all while a long journal is not folded.
  virtual absl::StatusOr<std::map<DerMoment, domain::ReadingPoint>> LastReadings(const std::vector<DerMoment>& moments,
                                                                                 absl::Time deadline) = 0;
  // ABORTED LEASE_LOST, or EXPANSION_MOVED when the cursor is not where the step begins; then nothing is written. What
  // an early acknowledgement left empty is filled in; an instruction that says something already stays as it is.
  virtual absl::Status Write(const ExpansionStep& step, const Fence& fence, absl::Time deadline) = 0;
  // Instructions of DERs that came to be bound after the walk had passed them; the cursor stays. ABORTED LEASE_LOST.
  virtual absl::Status WriteLate(const ExpansionStep& step, const Fence& fence, absl::Time deadline) = 0;
  // All 0 when nothing is written down yet. Reads every instruction of the order.
  virtual absl::StatusOr<ExpansionTally> Tally(std::string_view emergency_id, absl::Time told_by,
                                               absl::Time deadline) = 0;
};

class PgExpansions final : public Expansions {
 public:
  explicit PgExpansions(Pool& pool) : pool_(pool) {}  // must outlive this

  absl::StatusOr<std::optional<Expansion>> Next(absl::Time deadline) override;
  absl::StatusOr<std::vector<domain::EmergencyOrder>> OrdersBefore(const domain::EmergencyOrder& order,
                                                                   absl::Time deadline) override;
  absl::StatusOr<std::vector<DerName>> Ders(const DersInScope& scope, base::DerKey from_key, std::size_t limit,
                                            absl::Time deadline) override;
  absl::StatusOr<WrittenSetpoints> Written(const std::vector<base::DerKey>& der_keys,
                                           const std::vector<std::string>& emergency_ids, absl::Time deadline) override;
  absl::StatusOr<std::map<DerMoment, domain::ReadingPoint>> LastReadings(const std::vector<DerMoment>& moments,
                                                                         absl::Time deadline) override;
  absl::Status Write(const ExpansionStep& step, const Fence& fence, absl::Time deadline) override;
  absl::Status WriteLate(const ExpansionStep& step, const Fence& fence, absl::Time deadline) override;
  absl::StatusOr<ExpansionTally> Tally(std::string_view emergency_id, absl::Time told_by, absl::Time deadline) override;

 private:
  Pool& pool_;
};

}  // namespace derms::store
