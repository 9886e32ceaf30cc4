// A concave piecewise-linear function as a list of (slope, length) with falling slopes, and the sup-convolution on it.
//
// The sup-convolution of two concave functions is the merge of their lists by slope (Rockafellar, Convex Analysis, 16:
// conjugates add), so one step of a dynamic program over such functions inserts a few segments and cuts both ends.
#pragma once

#include <cstddef>
#include <vector>

namespace derms::dispatch::fleet {

class SlopeList {
 public:
  // Room for `insertions` segments over the life of a function that starts with one.
  explicit SlopeList(std::size_t insertions) : slope_(insertions + 2), length_(insertions + 2) {}

  void Reset(double slope, double length) {
    head_ = 0;
    count_ = 1;
    slope_[0] = slope;
    length_[0] = length;
  }

  // Inserts a segment behind all steeper ones; `from` and `before` say where the search starts and how much length
  // lies ahead of it, and are moved on, so that several segments of falling slope take one walk.
  void Insert(double slope, double length, std::size_t& from, double& before) {
    double* const slopes = slope_.data() + head_;
    double* const lengths = length_.data() + head_;
    std::size_t at = from;
    while (at < count_ && slopes[at] > slope) before += lengths[at++];
    for (std::size_t k = count_; k > at; --k) {
      slopes[k] = slopes[k - 1];
      lengths[k] = lengths[k - 1];
    }
    slopes[at] = slope;
    lengths[at] = length;
    ++count_;
    from = at + 1;
  }

  // Cuts `length` off the steep end (left) or the flat end (right); at least one segment stays.
  void CutLeft(double length) {
    while (count_ > 1 && length_[head_] <= length) {
      length -= length_[head_++];
      --count_;
    }
    length_[head_] = length_[head_] > length ? length_[head_] - length : 0.0;
  }
  void CutRight(double length) {
    while (count_ > 1 && length_[head_ + count_ - 1] <= length) length -= length_[head_ + --count_];
    double& last = length_[head_ + count_ - 1];
    last = last > length ? last - length : 0.0;
  }

  // f(x) becomes f(keep x).
  void Stretch(double keep) {
    for (std::size_t k = head_; k < head_ + count_; ++k) {
      slope_[k] *= keep;
      length_[k] /= keep;
    }
  }

  std::size_t count() const { return count_; }
  double slope(std::size_t k) const { return slope_[head_ + k]; }
  double length(std::size_t k) const { return length_[head_ + k]; }

 private:
  std::vector<double> slope_, length_;
  std::size_t head_ = 0, count_ = 0;
};

}  // namespace derms::dispatch::fleet
