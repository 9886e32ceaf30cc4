// Which block of the anchored pass a device belongs to: every block a stratified sample of every cluster.
//
// Devices stand alike beside alike, so the bits of a position, reversed, spread any run of it evenly over [0, 1) (van
// der Corput 1935); a block is an interval of that.
#pragma once

#include <array>
#include <cmath>
#include <cstdint>

namespace derms::dispatch::fleet {

class Blocks {
 public:
  // `equal` blocks, the last of which is cut into halves `tail` times.
  Blocks(int equal, int tail) {
    std::array<double, kPositions + 1> ends{};
    double end = 0.0;
    for (int k = 0; k + 1 < equal; ++k) ends[static_cast<std::size_t>(count_++)] = end += 1.0 / equal;
    double rest = 1.0 / equal;
    for (int k = 0; k < tail; ++k) ends[static_cast<std::size_t>(count_++)] = end += rest /= 2;
    ends[static_cast<std::size_t>(count_++)] = 1.0;
    for (std::uint32_t position = 0; position < kPositions; ++position) {
      const double place = PlaceOf(position);
      int block = 0;
      while (block + 1 < count_ && place > ends[static_cast<std::size_t>(block)]) ++block;
      of_[position] = block;
    }
  }

  int count() const { return count_; }
  int BlockOf(std::uint32_t position) const { return of_[position % kPositions]; }
  // Between 0 and 1, any run of positions spread evenly.
  static double PlaceOf(std::uint32_t position) { return (Reversed(position % kPositions) + 0.5) / kPositions; }

 private:
  static constexpr std::uint32_t kBits = 10, kPositions = 1U << kBits;

  static std::uint32_t Reversed(std::uint32_t position) {
    std::uint32_t reversed = 0;
    for (std::uint32_t bit = 0; bit < kBits; ++bit) reversed |= ((position >> bit) & 1U) << (kBits - 1 - bit);
    return reversed;
  }

  int count_ = 0;
  std::array<int, kPositions> of_{};
};

}  // namespace derms::dispatch::fleet
