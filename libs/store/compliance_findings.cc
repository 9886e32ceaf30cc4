#include "libs/store/compliance_findings.h"

#include <algorithm>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "libs/base/utc_text.h"
#include "libs/store/compliance_rows.h"
#include "libs/store/event_rows.h"

namespace derms::store {
namespace {

using domain::ComplianceFinding;
using domain::ComplianceRun;
using domain::GridResponse;

constexpr std::size_t kMostEvidence = 10;

using FindingsOfDers = std::map<base::DerKey, std::vector<ComplianceFinding>>;

// Takes those out that overlap a stretch or went on into it.
FindingsOfDers TakeFindings(Transaction& transaction, const std::vector<JudgedStretch>& stretches) {
  static constexpr Statement kOverlapping{
      "findings_take",
      "DELETE FROM compliance_finding f USING unnest($1::bigint[], $2::timestamptz[], $3::timestamptz[]) AS u (k, b, "
      "e) WHERE f.der_key = u.k AND f.until >= u.b AND f.since < u.e RETURNING f.der_key, " DERMS_FINDING_COLUMNS};
  static constexpr Statement kResumed{
      "findings_take_resumed",
      "DELETE FROM compliance_finding f USING unnest($1::bigint[], $2::timestamptz[], $3::smallint[]) AS u (k, s, r) "
      "WHERE f.der_key = u.k AND f.since = u.s AND f.response = u.r RETURNING f.der_key, " DERMS_FINDING_COLUMNS};
  BigintArray keys, resumed_keys;
  TimestampArray begins, ends, resumed_since;
  SmallintArray resumed_responses;
  for (const JudgedStretch& stretch : stretches) {
    keys.Add(stretch.der_key);
    begins.Add(stretch.begin);
    ends.Add(stretch.end);
    for (const ComplianceRun& run : stretch.resumed) {
      resumed_keys.Add(stretch.der_key);
      resumed_since.Add(run.since);
      resumed_responses.Add(static_cast<int>(run.response));
    }
  }
  FindingsOfDers taken;
  const auto take = [&](const Rows& rows) {
    for (std::size_t row = 0; row < rows.size(); ++row) taken[rows.Int(row, 0)].push_back(FindingOf(rows, row, 1));
  };
  take(transaction.Run(kOverlapping, Params().AddArray(keys).AddArray(begins).AddArray(ends)));
  if (!resumed_keys.empty()) {
    take(
        transaction.Run(kResumed, Params().AddArray(resumed_keys).AddArray(resumed_since).AddArray(resumed_responses)));
  }
  for (auto& [key, findings] : taken) {
    std::sort(findings.begin(), findings.end(),
              [](const ComplianceFinding& a, const ComplianceFinding& b) { return a.run.since < b.run.since; });
  }
  return taken;
}

bool Overlap(const ComplianceRun& a, const ComplianceRun& b) {
  return a.response == b.response && a.since <= b.until && b.since <= a.until;
}
bool SameBeginning(const ComplianceRun& a, const ComplianceRun& b) {
  return a.response == b.response && a.since == b.since;
}

// The stretch has judged only what lies in it: what a run showed before its begin is in the finding that it was.
void CompleteEvidence(ComplianceRun& run, const ComplianceRun& before, absl::Time begin) {
  if (run.since >= begin || (!run.evidence.empty() && run.evidence.front().measured_at < begin)) return;
  std::vector<domain::ComplianceSample> evidence;
  for (const auto& sample : before.evidence) {
    if (sample.measured_at < begin) evidence.push_back(sample);
  }
  evidence.insert(evidence.end(), run.evidence.begin(), run.evidence.end());
  evidence.resize(std::min(evidence.size(), kMostEvidence));
  run.evidence = std::move(evidence);
}

struct Row {
  base::DerKey der_key;
  ComplianceFinding finding;
};

class Replacing {
 public:
  Replacing(ReadingJudge& judge, const FindingsOfDers& taken) : judge_(judge), taken_(taken) {}

  void Add(const JudgedStretch& stretch) {
    const auto found = taken_.find(stretch.der_key);
    static const std::vector<ComplianceFinding> kNone;
    const auto& before = found == taken_.end() ? kNone : found->second;
    std::set<GridResponse> told;
    KeepWhatGoesOn(stretch, before);
    for (const ComplianceRun& run : stretch.found) {
      ComplianceFinding finding{"", run};
      if (!Claim({stretch.der_key, run.since, run.response})) continue;
      bool known = false;
      for (const ComplianceFinding& old : before) {
        if (SameBeginning(old.run, run)) CompleteEvidence(finding.run, old.run, stretch.begin);
        if (!Overlap(old.run, run)) continue;
        known = true;
        if (finding.finding_id.empty() && given_.insert(old.finding_id).second) finding.finding_id = old.finding_id;
      }
      if (finding.finding_id.empty()) finding.finding_id = judge_.NewId();
      if (!known && told.insert(run.response).second) news_.push_back({stretch.der_key, finding});
      rows_.push_back({stretch.der_key, std::move(finding)});
    }
  }
  const std::vector<Row>& rows() const { return rows_; }
  const std::vector<Row>& news() const { return news_; }

 private:
  struct Place {
    base::DerKey der_key;
    absl::Time since;
    GridResponse response;
    bool operator<(const Place& other) const {
      return std::tuple(der_key, since, response) < std::tuple(other.der_key, other.since, other.response);
    }
  };
  bool Claim(const Place& place) { return places_.insert(place).second; }
  void KeepWhatGoesOn(const JudgedStretch& stretch, const std::vector<ComplianceFinding>& before) {
    for (const ComplianceFinding& old : before) {
      const bool goes_on = old.run.since < stretch.end && old.run.until >= stretch.end;
      const auto is_it = [&](const ComplianceRun& run) { return SameBeginning(run, old.run); };
      if (!goes_on || std::none_of(stretch.open.begin(), stretch.open.end(), is_it)) continue;
      if (!Claim({stretch.der_key, old.run.since, old.run.response})) continue;
      given_.insert(old.finding_id);
      rows_.push_back({stretch.der_key, old});
    }
  }

  ReadingJudge& judge_;
  const FindingsOfDers& taken_;
  std::set<Place> places_;
  std::set<std::string> given_;  // ids
  std::vector<Row> rows_, news_;
};

void StoreFindings(Transaction& transaction, const std::vector<Row>& findings) {
  static constexpr Statement kStore{
      "findings_store",
      "INSERT INTO compliance_finding (der_key, since, response, until, finding_id, sample_count, record_revision, "
      "reactive_mode, power_cause, beyond_share, worst, evidence) SELECT * FROM unnest($1::bigint[], "
      "$2::timestamptz[], $3::smallint[], $4::timestamptz[], $5::uuid[], $6::int[], $7::bigint[], $8::smallint[], "
      "$9::smallint[], $10::float8[], $11::jsonb[], $12::jsonb[])"};
  BigintArray keys, revisions;
  TimestampArray begins, ends;
  SmallintArray responses, modes, causes;
  UuidArray ids;
  IntegerArray counts;
  DoubleArray shares;
  JsonbArray worst, evidence;
  for (const Row& row : findings) {
    const ComplianceRun& run = row.finding.run;
    keys.Add(row.der_key);
    begins.Add(run.since);
    responses.Add(static_cast<int>(run.response));
    ends.Add(run.until);
    ids.Add(row.finding.finding_id);
    counts.Add(run.sample_count);
    revisions.Add(run.record_revision);
    modes.Add(run.reactive_mode);
    causes.Add(run.power_cause);
    shares.Add(run.beyond_share);
    worst.Add(SampleJson(run.worst));
    evidence.Add(SamplesJson(run.evidence));
  }
  Params params;
  params.AddArray(keys).AddArray(begins).AddArray(responses).AddArray(ends).AddArray(ids).AddArray(counts);
  params.AddArray(revisions).AddArray(modes).AddArray(causes).AddArray(shares).AddArray(worst).AddArray(evidence);
  transaction.Run(kStore, params);
}

std::string SummaryOf(const std::string& der_id, const ComplianceRun& run) {
  const bool reactive = run.response == GridResponse::kReactivePower;
  return absl::StrFormat(
      "%s power of DER %s is not what its settings ask for since %s: %d readings outside, at worst %.4g %s beyond.",
      reactive ? "Reactive" : "Active", der_id, base::UtcText(run.since), run.sample_count, run.worst.beyond,
      reactive ? "kvar" : "kW");
}

void Tell(Transaction& transaction, ReadingJudge& judge, const std::vector<Row>& news) {
  static constexpr Statement kOwners{
      "findings_owners",
      "SELECT d.der_key, d.der_id, d.owner_id, d.region_id, (extract(epoch FROM clock_timestamp()) * 1000000)::bigint "
      "FROM der d WHERE d.der_key = ANY ($1::bigint[])"};
  std::multimap<base::DerKey, const ComplianceFinding*> found;
  BigintArray keys;
  for (const Row& row : news) {
    keys.Add(row.der_key);
    found.emplace(row.der_key, &row.finding);
  }
  const Rows ders = transaction.Run(kOwners, Params().AddArray(keys));
  EventRows events;
  for (std::size_t i = 0; i < ders.size(); ++i) {
    const auto [begin, end] = found.equal_range(ders.Int(i, 0));
    for (auto each = begin; each != end; ++each) {
      domain::Event event;
      event.event_id = judge.NewId();
      event.type = domain::EventType::kComplianceFound;
      event.actor = "system";
      event.der_id = ders.Text(i, 1);
      event.owner_id = ders.Text(i, 2);
      event.region_id = ders.Text(i, 3);
      event.occurred_at = ders.Micros(i, 4);
      event.resource_id = each->second->finding_id;
      event.summary = SummaryOf(*event.der_id, each->second->run);
      events.Add(each->first, event);
    }
  }
  events.Insert(transaction);
}

}  // namespace

void ReplaceFindings(Transaction& transaction, ReadingJudge& judge, const std::vector<JudgedStretch>& stretches) {
  if (stretches.empty()) return;
  const FindingsOfDers taken = TakeFindings(transaction, stretches);
  Replacing replacing(judge, taken);
  // The last first: a run that goes through several stretches is as the last of them found it.
  for (auto stretch = stretches.rbegin(); stretch != stretches.rend(); ++stretch) replacing.Add(*stretch);
  if (!replacing.rows().empty()) StoreFindings(transaction, replacing.rows());
  if (!replacing.news().empty()) Tell(transaction, judge, replacing.news());
}

}  // namespace derms::store
