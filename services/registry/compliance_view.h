// What was found in a DER's readings and settings, as messages.
#pragma once

#include <optional>

#include "derms/v1/compliance.pb.h"
#include "libs/store/history.h"
#include "services/registry/compliance_checks.h"

namespace derms::registry {

v1::ComplianceFinding ToProto(const domain::ComplianceFinding& finding);

// The row of a DER, with the names of the rules that found something in its settings.
v1::ComplianceRow ToProto(const store::DerCompliance& found, const Findings& of_settings);

// Whether a filter of rule and severity lets a rule through; what is not given lets all through.
bool Passes(gridcode::Rule rule, v1::GridRule only_rule, v1::RuleSeverity only_severity);

}  // namespace derms::registry
