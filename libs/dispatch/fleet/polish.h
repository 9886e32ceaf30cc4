#pragma once
namespace derms::dispatch::fleet {
struct PolishOptions {
  int rounds = 48;
};
}  // namespace derms::dispatch::fleet
