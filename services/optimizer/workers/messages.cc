#include "services/optimizer/workers/messages.h"

#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/cord.h"
#include "services/optimizer/workers/fields.h"

namespace derms::optimizer {
namespace {

struct Payload {
  std::string type_url, bytes;
};
struct Failure {
  std::int32_t code = 0;
  std::string message;
  std::vector<Payload> payloads;
};

template <OneOf<Payload> T, typename Archive>
void Fields(T& payload, Archive& archive) {
  auto& [type_url, bytes] = payload;
  archive(type_url, bytes);
}

template <OneOf<Failure> T, typename Archive>
void Fields(T& failure, Archive& archive) {
  auto& [code, message, payloads] = failure;
  archive(code, message, payloads);
}

Failure FailureOf(const absl::Status& status) {
  Failure failure{static_cast<std::int32_t>(status.code()), std::string(status.message()), {}};
  status.ForEachPayload([&](absl::string_view type_url, const absl::Cord& bytes) {
    failure.payloads.push_back({std::string(type_url), std::string(bytes)});
  });
  return failure;
}

absl::Status StatusOf(const Failure& failure) {
  absl::Status status(static_cast<absl::StatusCode>(failure.code), failure.message);
  for (const Payload& payload : failure.payloads) status.SetPayload(payload.type_url, absl::Cord(payload.bytes));
  return status;
}

}  // namespace

template <OneOf<JobOptions> T, typename Archive>
void Fields(T& options, Archive& archive) {
  auto& [effort, deadline, relative_gap, seed, threads, relax, resume_gap, keep_resume_point] = options;
  archive(effort, deadline, relative_gap, seed, threads, relax, resume_gap, keep_resume_point);
}

template <OneOf<Progress> T, typename Archive>
void Fields(T& progress, Archive& archive) {
  auto& [phase, best_cost, lower_bound] = progress;
  archive(phase, best_cost, lower_bound);
}

std::string EncodeJob(const JobOptions& options, const dispatch::Problem& problem,
                      const std::shared_ptr<const dispatch::ResumePoint>& resume_from) {
  return BytesOf(options, problem, resume_from);
}

std::string EncodeProgress(const dispatch::SolveProgress& progress) {
  return BytesOf(std::string(progress.phase), progress.best_cost_usd, progress.lower_bound_usd);
}

std::string EncodeAnswer(const absl::StatusOr<dispatch::Solution>& answer) {
  const Failure failure = FailureOf(answer.status());
  return answer.ok() ? BytesOf(failure, *answer) : BytesOf(failure);
}

bool Decode(std::string_view bytes, Job& to) {
  Reader reader(bytes);
  reader(to.options, to.problem, to.resume_from);
  return reader.complete();
}

bool Decode(std::string_view bytes, Progress& to) {
  Reader reader(bytes);
  reader(to);
  return reader.complete();
}

bool Decode(std::string_view bytes, absl::StatusOr<dispatch::Solution>& to) {
  Reader reader(bytes);
  Failure failure;
  reader(failure);
  if (!reader.ok()) return false;
  const absl::Status status = StatusOf(failure);
  if (!status.ok()) {
    to = status;
  } else {
    reader(to.emplace());
  }
  return reader.complete();
}

}  // namespace derms::optimizer
