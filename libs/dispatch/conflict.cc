#include "libs/dispatch/conflict.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "libs/base/error.h"
#include "libs/dispatch/commitment.h"
#include "libs/dispatch/conflict_words.h"
#include "libs/dispatch/elastic_model.h"
#include "libs/dispatch/relaxation.h"
#include "libs/dispatch/validate.h"

namespace derms::dispatch {
namespace {

constexpr double kLeastAmount = 1e-6;  // below is rounding
using Rules = std::vector<ElasticModel::Rule>;
using Values = std::vector<double>;

double TotalAmount(const Requirement& requirement, const Values& values) {
  double total = 0.0;
  for (int column : requirement.amounts) total += values[static_cast<std::size_t>(column)];
  return total;
}

class ConflictFinder {
 public:
  ConflictFinder(const Problem& problem, const RegionTree& tree, const EngineLimits& limits)
      : problem_(problem), limits_(limits), model_(problem, tree) {}

  absl::Status Run() {
    absl::StatusOr<std::vector<std::size_t>> members = ElasticFilter();
    if (members.ok() && !members->empty()) members = DeletionFilter(*std::move(members));
    if (!members.ok() && limits_.cancelled != nullptr && limits_.cancelled->load()) {
      return base::ErrorBuilder(absl::StatusCode::kCancelled, "CANCELLED", "the solve was cancelled");
    }
    if (!members.ok()) {
      return base::FailedPrecondition(
          "INFEASIBLE",
          absl::StrCat("no schedule meets all limits together; why was not found: ", members.status().message()));
    }
    if (members->empty()) {
      return base::FailedPrecondition(
          "INFEASIBLE", "no schedule meets the on/off rules of all devices together; widen times or limits");
    }
    std::vector<base::FieldViolation> conflicts;
    for (std::size_t k : *members) conflicts.push_back(Describe(k, *members));
    return InfeasibleStatus(conflicts);
  }

 private:
  const Requirement& At(std::size_t k) const { return model_.requirements()[k]; }

  // Keep what a least relaxation gives up, until nothing can be given up any more: among the kept ones is a conflict.
  absl::StatusOr<std::vector<std::size_t>> ElasticFilter() const {
    Rules rules(model_.requirements().size());
    std::vector<std::size_t> kept;
    while (true) {
      ASSIGN_OR_RETURN(const auto values, model_.LeastAmounts(rules, limits_));
      if (!values) return kept;
      const std::size_t before = kept.size();
      for (std::size_t k = 0; k < rules.size(); ++k) {
        if (rules[k].kept || TotalAmount(At(k), *values) <= kLeastAmount) continue;
        rules[k].kept = true;
        kept.push_back(k);
      }
      if (kept.size() == before) return std::vector<std::size_t>();  // there is a schedule after all
    }
  }

  // What is not needed for the conflict goes.
  absl::StatusOr<std::vector<std::size_t>> DeletionFilter(std::vector<std::size_t> members) const {
    for (std::size_t next = 0; next < members.size();) {
      Rules rules(model_.requirements().size());
      for (std::size_t k : members) rules[k].kept = k != members[next];
      ASSIGN_OR_RETURN(const auto values, model_.LeastAmounts(rules, limits_));
      if (values) {
        ++next;
      } else {
        members.erase(members.begin() + static_cast<std::ptrdiff_t>(next));
      }
    }
    return members;
  }

  // How far k must give way when the others are kept: all others, or where that is not enough those of the conflict.
  base::FieldViolation Describe(std::size_t k, const std::vector<std::size_t>& members) const {
    Rules rules(model_.requirements().size(), {true, 0.0});
    rules[k] = {false, 1.0};
    absl::StatusOr<std::optional<Values>> values = model_.LeastAmounts(rules, limits_);
    std::optional<double> cost;
    if (values.ok() && values->has_value()) {
      const auto found = model_.CostOfGivingUp(k, **values, limits_);
      if (found.ok()) cost = *found;
    } else {
      for (std::size_t other = 0; other < rules.size(); ++other) rules[other].kept = false;
      for (std::size_t member : members) rules[member].kept = member != k;
      values = model_.LeastAmounts(rules, limits_);
    }
    const bool known = values.ok() && values->has_value();
    return ConflictWords(problem_, At(k), known ? &**values : nullptr, cost);
  }

  const Problem& problem_;
  const EngineLimits& limits_;
  const ElasticModel model_;
};

// A unit that cannot stop in time for its maintenance gives up the first hours of it.
void GiveUpMaintenance(const Problem& problem, std::vector<Relaxation>& list) {
  for (const Device& device : problem.devices) {
    const auto* unit = std::get_if<Unit>(&device.kind);
    if (unit == nullptr || unit->maintenance.empty()) continue;
    const Commitment rules(problem, *unit);
    const int until = rules.on_before ? std::min(rules.EarliestStop(), problem.interval_count) : 0;
    for (int t = 0; t < until; ++t) {
      if (rules.planned[static_cast<std::size_t>(t)] == 0) continue;
      list.push_back({std::string(kMaintenance), device.id, t, problem.hours(), "h",
                      absl::StrCat("unit ", device.id, " is still on in interval ", t, " of its maintenance")});
    }
  }
}

}  // namespace

absl::Status ExplainConflict(const Problem& problem, const RegionTree& tree, const EngineLimits& limits) {
  return ConflictFinder(problem, tree, limits).Run();
}

absl::StatusOr<std::vector<Relaxation>> LeastRelaxation(const Problem& problem, const RegionTree& tree,
                                                        const EngineLimits& limits) {
  std::vector<Relaxation> list;
  GiveUpMaintenance(problem, list);
  ASSIGN_OR_RETURN(const Problem open, Relaxed(problem, list));
  const ElasticModel model(open, tree);
  ASSIGN_OR_RETURN(const auto values, model.LeastAmounts(Rules(model.requirements().size()), limits));
  if (!values) {
    return base::FailedPrecondition("INFEASIBLE",
                                    "no schedule meets the on/off rules of all devices together, whatever limits and "
                                    "targets are given up; widen times");
  }
  for (const Requirement& requirement : model.requirements()) {
    for (std::size_t k = 0; k < requirement.amounts.size(); ++k) {
      const double amount = (*values)[static_cast<std::size_t>(requirement.amounts[k])];
      if (amount <= kLeastAmount) continue;
      // A little more, so that rounding does not make the nearest problem infeasible again.
      Relaxation given{requirement.name,         requirement.subject,
                       requirement.intervals[k], amount * (1.0 + 1e-7) + 1e-6,
                       requirement.unit,         ""};
      given.sentence = GivenUpWords(open, given);
      list.push_back(std::move(given));
    }
  }
  return list;
}

}  // namespace derms::dispatch
