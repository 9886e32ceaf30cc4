// For tests: runs dermsctl as a function, with everything it is attached to under control.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "services/dermsctl/session.h"

namespace derms::dermsctl::testing {

struct Setting {
  Terminal terminal = {};
  std::string input = {};
  std::map<std::string, std::string> environment = {};
};

struct Outcome {
  int exit_code = 0;
  std::string out;
  std::string err;
};

Outcome RunDermsctl(const std::vector<std::string>& arguments, const Setting& setting = {});

}  // namespace derms::dermsctl::testing
