// Piecewise linear curves, the shape of every volt and watt function.
#pragma once

#include <cstddef>
#include <span>

namespace derms::gridcode {

struct CurvePoint {
  double x = 0, y = 0;
};

// Between points straight, beyond the ends level. At least one point, x not falling; where two points have one x, the
// curve jumps there and takes the value of the first at x itself. NaN in, NaN out.
inline double Interpolate(std::span<const CurvePoint> points, double x) {
  if (!(x > points.front().x)) return x == x ? points.front().y : x;
  for (std::size_t i = 1; i < points.size(); ++i) {
    const CurvePoint &a = points[i - 1], &b = points[i];
    if (x <= b.x) return a.y + (b.y - a.y) * (x - a.x) / (b.x - a.x);
  }
  return points.back().y;
}

}  // namespace derms::gridcode
