// The parts of Validate (validate.h); not for others.
#pragma once

#include <cmath>
#include <string>

#include "absl/strings/str_cat.h"
#include "libs/base/error.h"
#include "libs/dispatch/problem.h"

namespace derms::dispatch {

class Validator {
 public:
  explicit Validator(const Problem& problem) : problem_(problem) {}

  absl::Status Run() {
    CheckFrame();
    if (!violations_.empty()) return violations_.ToStatus("INVALID_PROBLEM");  // lengths below would mean nothing
    CheckRegions();
    if (!violations_.empty()) return violations_.ToStatus("INVALID_PROBLEM");  // device rules look into regions
    CheckDevices();
    return violations_.ToStatus("INVALID_PROBLEM");
  }

 private:
  static constexpr std::size_t kMaxViolations = 100;

  void Broken(const std::string& field, const std::string& rule) {
    if (violations_.list().size() < kMaxViolations) violations_.Add(field, rule);
  }
  void Finite(const std::string& field, double value) {
    if (!std::isfinite(value)) Broken(field, "must be a finite number");
  }
  void NotNegative(const std::string& field, double value) {
    if (!std::isfinite(value) || value < 0.0) Broken(field, "must be a finite number, 0 or more");
  }
  void NotNegativeOrUnlimited(const std::string& field, double value) {
    if (!(value >= 0.0)) Broken(field, "must be 0 or more");
  }

  enum class Rule { kFinite, kNotNegative, kLimit };
  void CheckSeries(const std::string& field, const Series& series, Rule rule) {
    if (series.empty()) return;
    if (static_cast<int>(series.size()) != problem_.interval_count) {
      Broken(field, absl::StrCat("has ", series.size(), " values, needs one for each of the ", problem_.interval_count,
                                 " intervals"));
      return;
    }
    for (std::size_t t = 0; t < series.size(); ++t) {
      const std::string at = absl::StrCat(field, "[", t, "]");
      if (rule == Rule::kFinite) Finite(at, series[t]);
      if (rule == Rule::kNotNegative) NotNegative(at, series[t]);
      if (rule == Rule::kLimit) NotNegativeOrUnlimited(at, series[t]);
    }
  }

  // validate.cc
  void CheckFrame();
  void CheckRegions();
  void CheckRegion(const std::string& at, const Region& region);
  void CheckRootPrices(const std::string& at, const Region& region);
  void CheckParents();

  // validate_devices.cc
  void CheckDevices();
  bool CheckProfile(const std::string& field, const ScaledProfile& profile);
  void CheckKind(const std::string& at, const Renewable& renewable);
  void CheckKind(const std::string& at, const Hydro& hydro);
  void CheckPeriods(const std::string& at, const Hydro& hydro);
  void CheckKind(const std::string& at, const FlexibleLoad& load);
  void CheckKind(const std::string& at, const Storage& storage);
  void CheckTargets(const std::string& at, const Storage& storage);

  // validate_unit.cc
  void CheckKind(const std::string& at, const Unit& unit);
  void CheckCostCurve(const std::string& at, const Unit& unit);
  void CheckCommitment(const std::string& at, const Unit& unit);
  void CheckStartCosts(const std::string& at, const Unit& unit);
  void CheckMaintenance(const std::string& at, const Unit& unit);

  const Problem& problem_;
  base::Violations violations_;
};

}  // namespace derms::dispatch
