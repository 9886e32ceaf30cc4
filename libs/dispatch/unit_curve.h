// A unit's convex cost curve as straight pieces, for linear models.
//
// The quadratic part is replaced by the largest of its tangents: with tangents at p_0 < p_1 < ... the pieces have slope
// 2 q p_k between the middles of neighbouring points. The pieces never cost more than the curve, and less by at most
// q d^2 / 4 at a distance d between neighbours, nothing at the points themselves; so a linear model with them bounds
// the problem from below, and tangents at its solution make it as exact as wanted (Kelley, The cutting-plane method for
// solving convex programs, 1960).
#pragma once

#include <vector>

#include "libs/dispatch/problem.h"

namespace derms::dispatch {

inline constexpr int kUsualTangents = 17;  // at 0, max/16, ..., max

// From 0 to max_kw, prices never falling; at least one piece.
std::vector<CostPiece> LinearPieces(const Unit& unit, const Series& more_tangents_kw);

}  // namespace derms::dispatch
