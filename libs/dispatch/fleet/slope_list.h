// A concave piecewise-linear function as a list of (slope, length) with falling slopes, and the sup-convolution on it.
//
// The sup-convolution of two concave functions is the merge of their lists by slope (Rockafellar, Convex Analysis, 16:
// conjugates add), so one step of a dynamic program over such functions inserts a few segments and cuts both ends.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace derms::dispatch::fleet {

struct Segment {
  double slope, length;
};

class SlopeList {
 public:
  static constexpr std::size_t kMostInserted = 5;  // at once

  // Room for `insertions` segments over the life of a function that starts with one.
  explicit SlopeList(std::size_t insertions) : segments_(insertions + 2) {}

  void Reset(const Segment& segment) {
    head_ = 0;
    count_ = 1;
    segments_[0] = segment;
  }

  // Inserts segments of falling slope, each behind all steeper ones of the list; before[s] becomes the length of those.
  // One that is as steep as a segment of the list lengthens it: on price plateaus lists stay short.
  void Insert(std::span<const Segment> inserted, double* before) {
    Segment* const list = segments_.data() + head_;
    std::size_t at[kMostInserted], added[kMostInserted];  // added: new segments up to and with this one
    std::size_t k = 0, new_segments = 0;
    double passed = 0.0;
    for (std::size_t s = 0; s < inserted.size(); ++s) {
      while (k < count_ && list[k].slope > inserted[s].slope) passed += list[k++].length;
      at[s] = k;
      before[s] = passed;
      if (k == count_ || list[k].slope != inserted[s].slope) ++new_segments;
      added[s] = new_segments;
    }
    // From the flat end, what lies behind the s-th makes room for the new ones before it.
    std::size_t end = count_;
    for (std::size_t s = inserted.size(); s-- > 0;) {
      for (std::size_t from = end; from > at[s]; --from) list[from + added[s] - 1] = list[from - 1];
      const bool is_new = added[s] > (s == 0 ? 0 : added[s - 1]);
      if (is_new) {
        list[at[s] + added[s] - 1] = inserted[s];
      } else {
        list[at[s] + added[s]].length += inserted[s].length;
      }
      end = at[s];
    }
    count_ += new_segments;
  }

  // Adds a concave kink: slopes before `length` from the steep end rise, those behind it fall. Makes at most one
  // segment more, for which there must be room.
  void RaiseBefore(double length, double by) {
    const std::size_t at = Split(length);
    for (std::size_t k = head_; k < at; ++k) segments_[k].slope += by;
  }
  void LowerBehind(double length, double by) {
    for (std::size_t k = Split(length); k < head_ + count_; ++k) segments_[k].slope -= by;
  }
  // Length of all that is steeper than `slope`.
  double LengthAbove(double slope) const {
    double length = 0.0;
    for (std::size_t k = head_; k < head_ + count_ && segments_[k].slope > slope; ++k) length += segments_[k].length;
    return length;
  }

  // Cuts `length` off the steep end (left) or the flat end (right); at least one segment stays.
  void CutLeft(double length) {
    while (count_ > 1 && segments_[head_].length <= length) {
      length -= segments_[head_++].length;
      --count_;
    }
    Shorten(segments_[head_], length);
  }
  void CutRight(double length) {
    while (count_ > 1 && segments_[head_ + count_ - 1].length <= length) length -= segments_[head_ + --count_].length;
    Shorten(segments_[head_ + count_ - 1], length);
  }

  // f(x) becomes f(keep x).
  void Stretch(double keep) {
    for (std::size_t k = head_; k < head_ + count_; ++k) {
      segments_[k].slope *= keep;
      segments_[k].length /= keep;
    }
  }

 private:
  // Cuts the segment there in two; returns the first one behind.
  std::size_t Split(double length) {
    std::size_t k = head_;
    for (; k < head_ + count_ && segments_[k].length <= length; ++k) length -= segments_[k].length;
    if (k == head_ + count_ || length <= 0.0) return k;
    for (std::size_t from = head_ + count_; from > k; --from) segments_[from] = segments_[from - 1];
    segments_[k].length = length;
    segments_[k + 1].length -= length;
    ++count_;
    return k + 1;
  }

  static void Shorten(Segment& segment, double length) {
    segment.length = segment.length > length ? segment.length - length : 0.0;
  }

  std::vector<Segment> segments_;
  std::size_t head_ = 0, count_ = 0;
};

}  // namespace derms::dispatch::fleet
