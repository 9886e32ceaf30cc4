// How failures and the outcome of bulk commands are told.
#pragma once

#include <google/protobuf/repeated_field.h>

#include <map>
#include <ostream>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "derms/v1/registry.pb.h"
#include "services/dermsctl/session.h"

namespace derms::dermsctl {

// "dermsctl: REASON: sentence" with every field violation and figure below it; with `json` one JSON object on one line.
void ReportError(const absl::Status& status, bool json, std::ostream& err);

// Counts what became of the items of a bulk command.
class BulkOutcome {
 public:
  // `done` and `unchanged` are the words for it, as "registered" and "already there".
  BulkOutcome(std::string items, std::string done, std::string unchanged)
      : items_(std::move(items)), done_word_(std::move(done)), unchanged_word_(std::move(unchanged)) {}

  void Done(long long count = 1) { done_ += count; }
  void Unchanged() { ++unchanged_; }
  void Rejected(std::string_view item, const absl::Status& why);
  void RejectedUnlisted(long long count);
  // One result of an RPC; a refusal with `unchanged_reason` means that there was nothing to do.
  void Add(const v1::ItemResult& result, std::string_view unchanged_reason);

  long long handled() const { return done_ + unchanged_ + rejected(); }
  long long rejected() const;
  // The summary on standard output (an object with --json), the reasons with examples on standard error.
  ExitCode Report(Session& session) const;

 private:
  struct Group {
    long long count = 0;
    std::vector<std::string> examples;  // the first few, "SOLAR-01: sentence"
  };
  const std::string items_;
  const std::string done_word_;
  const std::string unchanged_word_;
  long long done_ = 0;
  long long unchanged_ = 0;
  std::map<std::string, Group> rejected_;  // by reason
};

}  // namespace derms::dermsctl
