// Runs and samples of libs/domain/compliance.h as jsonb, and findings as rows. Internal to libs/store.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "libs/domain/compliance.h"
#include "libs/store/connection.h"

namespace derms::store {

std::string SampleJson(const domain::ComplianceSample& sample);
std::string SamplesJson(const std::vector<domain::ComplianceSample>& samples);
std::string RunsJson(const std::vector<domain::ComplianceRun>& runs);
// These throw StatusError INTERNAL DATABASE_ERROR on another form.
domain::ComplianceSample SampleOf(std::string_view json);
std::vector<domain::ComplianceSample> SamplesOf(std::string_view json);
std::vector<domain::ComplianceRun> RunsOf(std::string_view json);

// Columns in the order that FindingOf reads, to be used with the table alias f.
#define DERMS_FINDING_COLUMNS                                                                                  \
  "f.finding_id, f.response, (extract(epoch FROM f.since) * 1000000)::bigint, (extract(epoch FROM f.until) * " \
  "1000000)::bigint, f.sample_count, f.record_revision, f.reactive_mode, f.power_cause, f.beyond_share, "      \
  "f.worst::text, f.evidence::text"
domain::ComplianceFinding FindingOf(const Rows& rows, std::size_t row, int first_column);

}  // namespace derms::store
