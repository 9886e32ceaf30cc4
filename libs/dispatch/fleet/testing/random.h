// Random numbers by seed, the same on every machine.
#pragma once

#include <cmath>
#include <cstdint>
#include <numbers>

namespace derms::dispatch::fleet::testing {

// splitmix64 (Steele, Lea, Flood 2014).
class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed * 0x9e3779b97f4a7c15ULL) {}
  std::uint64_t Next() {
    std::uint64_t z = (state_ += 0x9e3779b97f4a7c15ULL);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
    return z ^ (z >> 31);
  }
  double Uniform(double low, double high) { return low + (high - low) * static_cast<double>(Next() >> 11) * 0x1.0p-53; }
  float UniformF(double low, double high) { return static_cast<float>(Uniform(low, high)); }
  int Below(int count) { return static_cast<int>(Next() % static_cast<std::uint64_t>(count)); }
  double Normal() {  // Box and Muller 1958
    const double radius = std::sqrt(-2.0 * std::log(Uniform(0.0, 1.0) + 1e-300));
    return radius * std::cos(2.0 * std::numbers::pi * Uniform(0.0, 1.0));
  }
  double LogNormal(double median, double spread) { return median * std::exp(spread * Normal()); }

 private:
  std::uint64_t state_;
};

}  // namespace derms::dispatch::fleet::testing
