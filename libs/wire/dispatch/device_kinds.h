// What a device is, between protobuf and libs/dispatch: the parts of problem.h; not for others.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "derms/v1/dispatch.pb.h"
#include "libs/base/error.h"
#include "libs/dispatch/problem.h"

namespace derms::wire {

// Where things stand in the problem, by id.
using IndexById = std::map<std::string, int, std::less<>>;

// Reads devices of one problem; what is wrong with them is added to `violations`.
class DeviceReader {
 public:
  DeviceReader(const IndexById& profiles, base::Violations& violations)
      : profiles_(profiles), violations_(violations) {}

  // `at` as "problem.devices[3]".
  decltype(dispatch::Device::kind) ReadKind(const v1::DispatchDevice& device, const std::string& at) const;

 private:
  dispatch::ScaledProfile Read(const v1::ScaledProfile& profile, const std::string& at) const;
  dispatch::Renewable Read(const v1::RenewableModel& model, const std::string& at) const;
  dispatch::Storage Read(const v1::StorageModel& model, const std::string& at) const;
  static dispatch::Unit Read(const v1::UnitModel& model);
  dispatch::Hydro Read(const v1::HydroModel& model, const std::string& at) const;
  static dispatch::FlexibleLoad Read(const v1::FlexibleLoadModel& model);

  const IndexById& profiles_;
  base::Violations& violations_;
};

// Profiles are named by their index.
void WriteKind(const decltype(dispatch::Device::kind)& kind, v1::DispatchDevice& device);

// The field of DispatchDevice that holds a device of this kind, as "storage".
std::string_view KindField(const decltype(dispatch::Device::kind)& kind);

// The id that ToProto gives to profile `index`.
std::string ProfileId(int index);

}  // namespace derms::wire
