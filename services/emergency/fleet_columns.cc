#include "services/emergency/fleet_columns.h"

#include <cmath>
#include <utility>

#include "libs/domain/defaults.h"

namespace derms::emergency {
namespace {

using domain::DerStatus;
using domain::DerType;
using domain::EmergencyKind;

constexpr double kUnknown = std::numeric_limits<double>::quiet_NaN();
constexpr std::int64_t kNever = std::numeric_limits<std::int64_t>::min();

absl::string_view View(std::string_view text) {
  return {text.data(), text.size()};
}

std::optional<double> Known(double number) {
  return std::isnan(number) ? std::nullopt : std::optional(number);
}

DerType TypeAt(std::size_t index) {
  return static_cast<DerType>(index + 1);
}

// domain::UnboundReason of what a row knows.
const char* UnboundReason(EmergencyKind kind, DerType type, DerStatus status) {
  if (status == DerStatus::kMaintenance) return "MAINTENANCE";
  if (domain::IsShutdown(kind)) return nullptr;
  if (kind == EmergencyKind::kAbsorb && !domain::IsStorage(type)) return "NOT_STORAGE";
  return status == DerStatus::kOnline ? nullptr : "NOT_ONLINE";
}

}  // namespace

const FleetColumns::Row* FleetColumns::Find(std::string_view der_id) const {
  const auto found = rows_.find(View(der_id));
  return found == rows_.end() ? nullptr : &found->second;
}

void FleetColumns::Append() {
  ders_.emplace_back();
  facts_.emplace_back();
  region_.push_back(0);
  registered_us_.push_back(kNever);
  for (auto* terms : {&power_kw_, &limit_kw_, &charge_kw_, &give_kwh_, &take_kwh_}) terms->push_back(0);
  for (auto* numbers : {&measured_kw_, &stored_kwh_, &base_kw_, &prior_kw_, &prior_kwh_}) numbers->push_back(kUnknown);
  for (auto* times : {&measured_us_, &base_from_us_, &base_until_us_, &prior_from_us_, &prior_until_us_}) {
    times->push_back(kNever);
  }
}

void FleetColumns::PutDer(DerPtr der) {
  const Row* known = Find(der->der_id);
  if (known != nullptr && ders_[*known]->revision >= der->revision) return;
  const Row row = known != nullptr ? *known : static_cast<Row>(ders_.size());
  if (known != nullptr) {
    rows_.erase(View(der->der_id));  // its key is in the DER that goes
  } else {
    Append();
    left_version_ = -1;  // an order of its own may be known already
  }
  rows_.emplace(View(der->der_id), row);
  facts_[row].type = static_cast<std::uint8_t>(domain::IndexOf(der->type)) & 7U;
  facts_[row].status = static_cast<std::uint8_t>(der->stored_status) & 3U;
  facts_[row].active = der->lifecycle == domain::Lifecycle::kActive ? 1 : 0;
  region_[row] = NumberOfRegion(der->region_id);
  registered_us_[row] = absl::ToUnixMicros(der->registered_at);
  ders_[row] = std::move(der);
  SetTerms(row);
}

std::uint32_t FleetColumns::NumberOfRegion(const std::string& region_id) {
  const auto [at, added] = region_numbers_.try_emplace(region_id, static_cast<std::uint32_t>(region_numbers_.size()));
  if (added) {
    region_ids_.push_back(region_id);
    left_version_ = -1;
  }
  return at->second;
}

void FleetColumns::PutRegions(std::shared_ptr<const domain::RegionTree> regions) {
  tree_ = std::move(regions);
  left_version_ = -1;
}

void FleetColumns::SetTerms(Row row) {
  domain::Reading reading;
  reading.power_kw = Known(measured_kw_[row]);
  reading.state_of_charge_kwh = Known(stored_kwh_[row]);
  const domain::HeadroomTerms terms =
      domain::TermsOf({.der = ders_[row].get(), .reading = std::move(reading), .available_kw = {}});
  power_kw_[row] = terms.power_kw;
  limit_kw_[row] = terms.limit_kw;
  charge_kw_[row] = terms.charge_kw;
  give_kwh_[row] = terms.give_kwh;
  take_kwh_[row] = terms.take_kwh;
}

void FleetColumns::PutReading(const domain::Reading& reading, const domain::Holdings& live) {
  const Row* known = Find(reading.der_id);
  if (known == nullptr) return;
  const Row row = *known;
  const std::int64_t measured_us = absl::ToUnixMicros(reading.measured_at);
  if (measured_us < measured_us_[row]) return;
  if (measured_us > measured_us_[row]) {
    const domain::Left left = live.LeftOf(*ders_[row], *tree_);
    const std::int64_t since_us = absl::ToUnixMicros(left.since);
    const bool base_holds = base_from_us_[row] < since_us && since_us <= base_until_us_[row];
    if (!base_holds) {
      base_kw_[row] = measured_kw_[row];
      base_from_us_[row] = measured_us_[row];
      base_until_us_[row] = measured_us;
    }
    KeepPrior(row, measured_us);
  }
  const bool usable = reading.quality != domain::ReadingQuality::kInvalid;
  measured_us_[row] = measured_us;
  measured_kw_[row] = usable ? reading.power_kw.value_or(kUnknown) : kUnknown;
  stored_kwh_[row] = usable ? reading.state_of_charge_kwh.value_or(kUnknown) : kUnknown;
  SetTerms(row);
}

std::optional<double> FleetColumns::BaseOf(Row row, absl::Time since) const {
  const std::int64_t since_us = absl::ToUnixMicros(since);
  if (measured_us_[row] < since_us) return Known(measured_kw_[row]);
  if (base_from_us_[row] < since_us && since_us <= base_until_us_[row]) return Known(base_kw_[row]);
  return std::nullopt;
}

std::vector<std::uint8_t> FleetColumns::RegionsIn(const Scope& scope) const {
  std::vector<std::uint8_t> in(region_ids_.size(), 1);
  if (scope.region_id.empty()) return in;
  for (std::size_t i = 0; i < in.size(); ++i) in[i] = tree_->IsWithin(region_ids_[i], scope.region_id) ? 1 : 0;
  return in;
}

// Brings what is kept of the live orders up to date with them.
void FleetColumns::Refresh(const domain::Holdings& live) {
  if (left_version_ == live.version()) return;
  left_version_ = live.version();
  left_.resize(region_ids_.size());
  for (std::size_t region = 0; region < region_ids_.size(); ++region) {
    for (std::size_t type = 0; type < domain::kDerTypeCount; ++type) {
      left_[region][type] = live.LeftOf(region_ids_[region], TypeAt(type), absl::InfinitePast(), *tree_);
    }
  }
  for (const Row row : alone_) facts_[row].alone = 0;
  alone_.clear();
  for (const std::string& der_id : live.DersWithOwn()) {
    if (const Row* row = Find(der_id)) {
      facts_[*row].alone = 1;
      alone_.push_back(*row);
    }
  }
}

domain::Left FleetColumns::LeftOf(Row row, std::int64_t oldest_start_us, const domain::Holdings& live) const {
  const Facts facts = facts_[row];
  if (registered_us_[row] >= oldest_start_us) return live.LeftOf(*ders_[row], *tree_);
  domain::Left left = left_[region_[row]][facts.type];
  if (facts.alone != 0) {
    left *= live.LeftOfOwn(ders_[row]->der_id, TypeAt(facts.type), ders_[row]->registered_at);
  }
  return left;
}

domain::HeadroomTerms FleetColumns::TermsOf(Row row) const {
  return {.power_kw = power_kw_[row],
          .limit_kw = limit_kw_[row],
          .charge_kw = charge_kw_[row],
          .give_kwh = give_kwh_[row],
          .take_kwh = take_kwh_[row]};
}

double FleetColumns::HeadroomOf(Row row, const Pass& pass) const {
  domain::Holding held;
  if (!pass.live.empty()) {
    held.left = LeftOf(row, pass.oldest_start_us, pass.live);
    if (held.left.share() <= 0) return 0;
    if (held.left.share() < 1) held.base_kw = BaseOf(row, held.left.since);
  }
  return domain::HeadroomLeftKw(pass.kind, TermsOf(row), held, pass.hours);
}

void FleetColumns::CountRow(Row row, const Pass& pass, domain::Census& census) const {
  const Facts facts = facts_[row];
  if (facts.active == 0 || pass.regions[region_[row]] == 0 || registered_us_[row] >= pass.now_us) return;
  ++census.active_count;
  const DerType type = TypeAt(facts.type);
  if (const char* reason = UnboundReason(pass.kind, type, static_cast<DerStatus>(facts.status))) {
    ++census.unbound_count;
    if (census.unbound.size() < domain::kMaxUnboundListed) census.unbound.emplace_back(ders_[row]->der_id, reason);
    return;
  }
  ++census.bound_count;
  domain::ClassShare& share = census.classes[facts.type];
  ++share.der_count;
  if (!domain::IsShutdown(pass.kind) && pass.hours > 0) share.headroom_kw += HeadroomOf(row, pass);
}

domain::Census FleetColumns::Count(EmergencyKind kind, const Scope& scope, absl::Time now, absl::Duration duration,
                                   const domain::Holdings& live) {
  Refresh(live);
  const Pass pass{.kind = kind,
                  .regions = RegionsIn(scope),
                  .now_us = absl::ToUnixMicros(now),
                  .oldest_start_us = absl::ToUnixMicros(live.oldest_start()),
                  .hours = absl::ToDoubleHours(duration),
                  .live = live};
  domain::Census census;
  if (scope.der_id.empty() || scope.der_id == base::kAllDers) {
    for (Row row = 0; row < ders_.size(); ++row) CountRow(row, pass, census);
  } else if (const Row* row = Find(scope.der_id)) {
    CountRow(*row, pass, census);
  }
  return census;
}

std::optional<domain::Holding> FleetColumns::HoldingOf(std::string_view der_id, const domain::Holdings& live) {
  const Row* row = Find(der_id);
  if (row == nullptr) return std::nullopt;
  Refresh(live);
  domain::Holding held{.left = LeftOf(*row, absl::ToUnixMicros(live.oldest_start()), live), .base_kw = {}};
  if (held.left.since < absl::InfiniteFuture()) held.base_kw = BaseOf(*row, held.left.since);
  return held;
}

}  // namespace derms::emergency
