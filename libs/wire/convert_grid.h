// Grid support between protobuf and gridcode. Inputs are validated before (libs/wire/validate.h). Settings travel by
// the names of libs/gridcode/setting_table.h, which are the paths of the fields: a test compares both.
#pragma once

#include <string>
#include <vector>

#include "derms/v1/compliance.pb.h"
#include "libs/gridcode/given_settings.h"
#include "libs/gridcode/grid_support.h"
#include "libs/gridcode/rules.h"

namespace derms::wire {

gridcode::Nameplate FromProto(const v1::GridNameplate& nameplate);
v1::GridNameplate ToProto(const gridcode::Nameplate& nameplate);

gridcode::GivenSettings FromProto(const v1::GridSettings& settings);  // those that are present
v1::GridSettings ToProto(const gridcode::GivenSettings& settings);

v1::GridFinding ToProto(const gridcode::Finding& finding);

// What a sample leaves out: nominal voltage and frequency, rated power.
gridcode::GridSample FromProto(const v1::GridSample& sample, double nominal_hz, double rated_kw);
v1::GridSupport ToProto(const gridcode::GridSupport& support, double time_s);

}  // namespace derms::wire
