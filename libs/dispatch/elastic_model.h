// The linear model of a problem in which every hard requirement (relaxation.h) can be given up by an amount.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "libs/dispatch/lp_model.h"
#include "libs/dispatch/region_tree.h"

namespace derms::dispatch {

// One requirement; amounts[k] is the column of what is given up in intervals[k] (-1: one amount for the horizon).
struct Requirement {
  std::string name, subject;  // as in Relaxation
  int interval = -1;          // of a requirement that belongs to one interval
  const char* unit = "kWh";
  double weight = 1.0;  // of a unit of amount, in kWh
  std::vector<int> amounts, intervals;
};

class ElasticModel {
 public:
  ElasticModel(const Problem& problem, const RegionTree& tree);

  const std::vector<Requirement>& requirements() const { return requirements_; }

  // What a column gives up; kept: nothing may be. Weight 0: may be given up for nothing.
  struct Rule {
    bool kept = false;
    double weight = 1.0;
  };
  // Values of all columns with the least weighted amounts; nullopt: not even so. DEADLINE_EXCEEDED at the limit.
  absl::StatusOr<std::optional<std::vector<double>>> LeastAmounts(const std::vector<Rule>& rules,
                                                                  const EngineLimits& limits) const;
  // The least total cost when requirement k is given up by its amounts in `values` and the others are kept.
  absl::StatusOr<std::optional<double>> CostOfGivingUp(std::size_t k, const std::vector<double>& values,
                                                       const EngineLimits& limits) const;

 private:
  void AddStorage(std::size_t device, const Storage& storage);
  void AddUnit(std::size_t device, const Unit& unit);
  void AddHydro(std::size_t device, const Hydro& hydro);
  void AddLoad(std::size_t device, const FlexibleLoad& load);
  void AddRegion(std::size_t region);

  Requirement& Add(std::string_view name, const std::string& subject, int interval, const char* unit, double weight);
  int AddAmount(Requirement& requirement, int interval);
  // A column bound becomes a row with an amount.
  void SoftenLower(int column, double least, double hard, int amount);
  void SoftenUpper(int column, double most, double hard, int amount);
  absl::StatusOr<std::optional<std::vector<double>>> Minimise(const LinearProgram& program,
                                                              const EngineLimits& limits) const;

  const Problem& problem_;
  LpModel model_;
  std::vector<double> cost_;  // of the problem
  std::vector<Requirement> requirements_;
  bool has_integers_ = false;
};

}  // namespace derms::dispatch
