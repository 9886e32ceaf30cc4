#include "libs/dispatch/unit_curve.h"

#include <algorithm>

namespace derms::dispatch {
namespace {

std::vector<CostPiece> QuadraticPieces(const Unit& unit, Series points) {
  for (int k = 0; k < kUsualTangents; ++k) points.push_back(unit.max_kw * k / (kUsualTangents - 1));
  for (double& point : points) point = std::clamp(point, 0.0, unit.max_kw);
  std::sort(points.begin(), points.end());
  const double least_distance = 1e-9 * unit.max_kw;
  points.erase(std::unique(points.begin(), points.end(), [&](double a, double b) { return b - a <= least_distance; }),
               points.end());
  std::vector<CostPiece> pieces;
  for (std::size_t k = 0; k < points.size(); ++k) {
    const double end = k + 1 < points.size() ? 0.5 * (points[k] + points[k + 1]) : unit.max_kw;
    pieces.push_back({end, 2.0 * unit.quadratic_usd_per_kw2h * points[k]});
  }
  return pieces;
}

double PriceAt(const std::vector<CostPiece>& pieces, double above_kw) {
  for (const CostPiece& piece : pieces) {
    if (piece.up_to_kw > above_kw) return piece.usd_per_kwh;
  }
  return pieces.empty() ? 0.0 : pieces.back().usd_per_kwh;
}

}  // namespace

std::vector<CostPiece> LinearPieces(const Unit& unit, const Series& more_tangents_kw) {
  std::vector<CostPiece> quadratic;
  if (unit.quadratic_usd_per_kw2h > 0.0 && unit.max_kw > 0.0) quadratic = QuadraticPieces(unit, more_tangents_kw);
  Series ends = {unit.max_kw};
  const auto add_ends = [&](const std::vector<CostPiece>& pieces) {
    for (const CostPiece& piece : pieces) {
      if (piece.up_to_kw > 0.0 && piece.up_to_kw < unit.max_kw) ends.push_back(piece.up_to_kw);
    }
  };
  add_ends(unit.cost_pieces);
  add_ends(quadratic);
  std::sort(ends.begin(), ends.end());
  ends.erase(std::unique(ends.begin(), ends.end()), ends.end());
  std::vector<CostPiece> sum;
  double from = 0.0;
  for (const double end : ends) {
    sum.push_back({end, PriceAt(unit.cost_pieces, from) + PriceAt(quadratic, from)});
    from = end;
  }
  return sum;
}

}  // namespace derms::dispatch
