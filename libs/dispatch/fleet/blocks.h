// Which block of the anchored pass a device belongs to: every block a stratified sample of every cluster.
//
// Devices stand alike beside alike, so the bits of a position, reversed, spread any run of it evenly over [0, 1) (van
// der Corput 1935); a block is an interval of that.
#pragma once

#include <array>
#include <cmath>
#include <cstdint>

namespace derms::dispatch::fleet {

// A part of [0, 1), read as a circle, that comes last; what lies before it in `equal` blocks.
struct Turn {
  double first = 0.0, share = 1.0;
  int blocks_before = 0;
};

class Blocks {
 public:
  // `equal` blocks, the last of which is cut into halves `tail` times: of all, or of those whose turn it is.
  Blocks(int equal, int tail, const Turn& turn = {}) {
    std::array<double, kPositions + 1> ends{};
    const double before = 1.0 - turn.share;
    for (int k = 0; k < turn.blocks_before; ++k) {
      ends[static_cast<std::size_t>(count_++)] = before * (k + 1) / turn.blocks_before;
    }
    double end = before;
    for (int k = 0; k + 1 < equal; ++k) ends[static_cast<std::size_t>(count_++)] = end += turn.share / equal;
    double rest = turn.share / equal;
    for (int k = 0; k < tail; ++k) ends[static_cast<std::size_t>(count_++)] = end += rest /= 2;
    ends[static_cast<std::size_t>(count_++)] = 1.0;
    for (std::uint32_t position = 0; position < kPositions; ++position) {
      double place = (Reversed(position) + 0.5) / kPositions - turn.first + before;  // the turn ends at 1
      place -= std::floor(place);
      int block = 0;
      while (block + 1 < count_ && place > ends[static_cast<std::size_t>(block)]) ++block;
      of_[position] = block;
    }
  }

  int count() const { return count_; }
  int BlockOf(std::uint32_t position) const { return of_[position % kPositions]; }

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
