// An order in which neighbours are alike: recursive median splits along the property that varies most (a k-d tree,
// Bentley 1975).
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <numeric>
#include <span>
#include <vector>

namespace derms::dispatch::fleet {

template <std::size_t N>
using Keys = std::array<double, N>;

template <std::size_t N>
class AlikeOrder {
 public:
  // The weight of a property says how much of its spread counts.
  AlikeOrder(const std::vector<Keys<N>>& keys, const Keys<N>& weights) {
    Keys<N> scale{};
    for (std::size_t k = 0; k < N; ++k) {
      const double spread = Spread(keys, k);
      scale[k] = spread > 0.0 ? weights[k] / spread : 0.0;
    }
    order_.resize(keys.size());
    for (std::size_t i = 0; i < keys.size(); ++i) {
      order_[i].row = static_cast<std::uint32_t>(i);
      for (std::size_t k = 0; k < N; ++k) order_[i].key[k] = static_cast<float>(keys[i][k] * scale[k]);
    }
    Split(0, order_.size());
  }

  std::size_t size() const { return order_.size(); }
  // Which of the rows stands at this place.
  std::uint32_t operator[](std::size_t place) const { return order_[place].row; }

 private:
  static constexpr std::size_t kLeaf = 4;            // runs this short keep any order
  static constexpr std::size_t kSpreadSample = 256;  // rows looked at for the spread of a property

  // Rows travel with their keys, so that a comparison looks at one array.
  struct Entry {
    std::array<float, N> key;
    std::uint32_t row;
  };

  static double Spread(const std::vector<Keys<N>>& keys, std::size_t k) {
    const std::size_t step = std::max<std::size_t>(1, keys.size() / kSpreadSample);
    double sum = 0.0, squares = 0.0, count = 0.0;
    for (std::size_t i = 0; i < keys.size(); i += step) {
      sum += keys[i][k];
      squares += keys[i][k] * keys[i][k];
      count += 1.0;
    }
    return count > 0.0 ? std::sqrt(std::max(squares / count - sum / count * (sum / count), 0.0)) : 0.0;
  }

  std::size_t WidestKey(std::size_t begin, std::size_t end) const {
    const std::size_t step = std::max<std::size_t>(1, (end - begin) / kSpreadSample);
    std::size_t widest = 0;
    double most = -1.0;
    for (std::size_t k = 0; k < N; ++k) {
      double sum = 0.0, squares = 0.0, count = 0.0;
      for (std::size_t i = begin; i < end; i += step) {
        const double key = order_[i].key[k];
        sum += key;
        squares += key * key;
        count += 1.0;
      }
      const double variance = squares / count - sum / count * (sum / count);
      if (variance > most) {
        most = variance;
        widest = k;
      }
    }
    return widest;
  }

  void Split(std::size_t begin, std::size_t end) {
    if (end - begin <= kLeaf) return;
    const std::size_t k = WidestKey(begin, end), middle = begin + (end - begin) / 2;
    const auto at = [&](std::size_t i) { return order_.begin() + static_cast<std::ptrdiff_t>(i); };
    std::nth_element(at(begin), at(middle), at(end), [k](const Entry& a, const Entry& b) {
      return a.key[k] != b.key[k] ? a.key[k] < b.key[k] : a.row < b.row;
    });
    Split(begin, middle);
    Split(middle, end);
  }

  std::vector<Entry> order_;
};

}  // namespace derms::dispatch::fleet
