// Open-loop response time as a first-order lag: after olrt_s a step has been followed to 90 %, so the time constant is
// olrt_s / ln 10, as public software reads IEEE 1547-2018.
#pragma once

#include <cmath>

namespace derms::gridcode {

// Not thread-safe.
class Lag {
 public:
  explicit Lag(double olrt_s) : olrt_s_(olrt_s) {}
  // The first value is followed at once: what came before is steady.
  double Follow(double target, double dt_s) {
    if (first_ || !(olrt_s_ > 0)) {
      value_ = target;
    } else {
      value_ += (target - value_) * -std::expm1(-dt_s * kLn10 / olrt_s_);
    }
    first_ = false;
    return value_;
  }
  double value() const { return value_; }
  // Starts anew from this value.
  void Reset(double value) {
    value_ = value;
    first_ = false;
  }

 private:
  static constexpr double kLn10 = 2.302585092994046;
  double olrt_s_;
  double value_ = 0;
  bool first_ = true;
};

}  // namespace derms::gridcode
