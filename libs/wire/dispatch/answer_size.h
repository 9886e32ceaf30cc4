// Whether the answer to a dispatch problem fits a message.
#pragma once

#include "absl/status/status.h"
#include "derms/v1/dispatch.pb.h"

namespace derms::wire {

// Numbers in one answer: 8 bytes each, with ids and limits below the 4 MiB that a gRPC client takes unless told.
inline constexpr std::size_t kMaxAnswerNumbers = 400'000;

// INVALID_ARGUMENT UNSUPPORTED_SIZE, with the numbers and the remedy. Holds for the problem in memory too, whose series
// are as long. Expects a validated message.
absl::Status CheckAnswerSize(const v1::DispatchProblem& problem, bool with_multipliers);

}  // namespace derms::wire
