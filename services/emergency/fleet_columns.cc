#include "services/emergency/fleet_columns.h"

#include <algorithm>
#include <cmath>
#include <map>
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
  keys_.push_back(0);
  for (auto* numbers : {&capacity_kw_, &power_kw_, &limit_kw_, &floor_kw_, &charge_kw_, &give_kwh_, &take_kwh_}) {
    numbers->push_back(0);
  }
  for (auto* numbers : {&measured_kw_, &stored_kwh_, &base_kw_, &base_kwh_, &prior_kw_, &prior_kwh_}) {
    numbers->push_back(kUnknown);
  }
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
  facts_[row].category = static_cast<std::uint8_t>(der->island_category()) & 7U;
  if (known == nullptr) keys_[row] = der->key();
  capacity_kw_[row] = der->capacity_kw;
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
  floor_kw_[row] = terms.floor_kw;
  charge_kw_[row] = terms.charge_kw;
  give_kwh_[row] = terms.give_kwh;
  take_kwh_[row] = terms.take_kwh;
}

void FleetColumns::PutReading(const domain::Reading& reading, const domain::Holdings& live, absl::Time now) {
  const Row* known = Find(reading.der_id);
  if (known == nullptr) return;
  const Row row = *known;
  const std::int64_t measured_us = absl::ToUnixMicros(reading.measured_at);
  if (measured_us < measured_us_[row]) return;
  if (measured_us > measured_us_[row]) {
    Refresh(live);
    const domain::Left left = LeftOf(row, absl::ToUnixMicros(live.oldest_start()), now, live);
    const std::int64_t since_us = absl::ToUnixMicros(left.since);
    const bool base_holds = base_from_us_[row] < since_us && since_us <= base_until_us_[row];
    if (!base_holds) {
      base_kw_[row] = measured_kw_[row];
      base_kwh_[row] = stored_kwh_[row];
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
    for (std::size_t i = 0; i < domain::DerClass::kCount; ++i) {
      left_[region][i] = live.LeftOf(region_ids_[region], domain::DerClass::At(i), absl::InfinitePast(), *tree_);
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
  returning_ = ReturnsOf(live.Returning());
}

domain::DerClass FleetColumns::ClassOf(Row row) const {
  return {TypeAt(facts_[row].type), static_cast<domain::IslandCategory>(facts_[row].category)};
}

// Holdings::LeftOf of what a row knows.
domain::Left FleetColumns::LeftOf(Row row, std::int64_t oldest_start_us, absl::Time now,
                                  const domain::Holdings& live) const {
  const domain::DerClass of = ClassOf(row);
  domain::Left left;
  if (registered_us_[row] >= oldest_start_us) {
    left = live.LeftOf(*ders_[row], *tree_);
  } else {
    left = left_[region_[row]][of.index()];
    if (facts_[row].alone != 0) left *= live.LeftOfOwn(ders_[row]->der_id, of, ders_[row]->registered_at);
  }
  for (const Return& each : returning_) {
    const auto way = WayBackOf(row, each);
    if (way && now < way->back) left *= each.left[of.index()];
  }
  return left;
}

domain::HeadroomTerms FleetColumns::TermsOf(Row row) const {
  return {.power_kw = power_kw_[row],
          .limit_kw = limit_kw_[row],
          .floor_kw = floor_kw_[row],
          .charge_kw = charge_kw_[row],
          .give_kwh = give_kwh_[row],
          .take_kwh = take_kwh_[row]};
}

double FleetColumns::HeadroomOf(Row row, const Pass& pass) const {
  domain::Holding held;
  if (!pass.live.empty()) {
    held.left = LeftOf(row, pass.oldest_start_us, pass.now, pass.live);
    const double share = held.left.ShareFor(pass.kind);
    if (share <= 0) return 0;
    if (share < 1) held.base_kw = BaseOf(row, held.left.since);
  }
  return domain::HeadroomLeftKw(pass.kind, TermsOf(row), held, pass.hours);
}

void FleetColumns::CountRow(Row row, const Pass& pass, domain::Census& census, std::vector<double>& capacity_kw) const {
  const Facts facts = facts_[row];
  if (facts.active == 0 || pass.regions[region_[row]] == 0 || registered_us_[row] >= pass.now_us) return;
  ++census.active_count;
  if (pass.kind == EmergencyKind::kRestore) return;
  const auto [type, category] = ClassOf(row);
  if (const auto reason = domain::UnboundReason(pass.kind, type, static_cast<DerStatus>(facts.status), category)) {
    ++census.unbound_count;
    if (census.unbound.size() < domain::kMaxUnboundListed) {
      census.unbound.emplace_back(ders_[row]->der_id, std::string(*reason));
    }
    return;
  }
  ++census.bound_count;
  capacity_kw[region_[row]] += capacity_kw_[row];
  domain::ClassShare& share = census.classes[facts.type];
  ++share.der_count;
  if (domain::IsShared(pass.kind) && pass.hours > 0) share.headroom_kw += HeadroomOf(row, pass);
}

domain::Census FleetColumns::Count(EmergencyKind kind, const Scope& scope, absl::Time now, absl::Duration duration,
                                   const domain::Holdings& live) {
  Refresh(live);
  const Pass pass{.kind = kind,
                  .regions = RegionsIn(scope),
                  .now_us = absl::ToUnixMicros(now),
                  .oldest_start_us = absl::ToUnixMicros(live.oldest_start()),
                  .hours = absl::ToDoubleHours(duration),
                  .now = now,
                  .live = live};
  domain::Census census;
  std::vector<double> capacity_kw(region_ids_.size());
  if (scope.der_id.empty() || scope.der_id == base::kAllDers) {
    for (Row row = 0; row < ders_.size(); ++row) CountRow(row, pass, census, capacity_kw);
  } else if (const Row* row = Find(scope.der_id)) {
    CountRow(*row, pass, census, capacity_kw);
  }
  census.loads = LoadsOf(capacity_kw);
  return census;
}

domain::LoadsByRegion FleetColumns::LoadsOf(const std::vector<double>& capacity_kw) const {
  std::map<std::string, double> by_id;
  for (std::size_t i = 0; i < capacity_kw.size(); ++i) {
    if (capacity_kw[i] > 0) by_id.emplace(region_ids_[i], capacity_kw[i]);
  }
  return domain::LoadByRegion(by_id, *tree_);
}

std::vector<FleetColumns::Return> FleetColumns::ReturnsOf(const Orders& orders) const {
  std::vector<Return> returns;
  for (const auto& order : orders) {
    if (!order->restoration) continue;
    Return each{.order = order,
                .returns = domain::Returns(*order),
                .left = {},
                .regions = RegionsIn({.der_id = order->der_id, .region_id = order->region_id}),
                .window = {},
                .ramp = {},
                .starts_us = absl::ToUnixMicros(order->starts_at)};
    for (const std::string& region_id : region_ids_) {
      each.window.push_back(order->restoration->WindowOf(region_id));
      each.ramp.push_back(order->restoration->RampOf(region_id));
    }
    for (std::size_t i = 0; i < each.left.size(); ++i) {
      each.left[i] = domain::LeftUntilBack(*order, domain::DerClass::At(i));
    }
    returns.push_back(std::move(each));
  }
  return returns;
}

// domain::Binds and domain::WayBackOf of what a row knows.
std::optional<domain::WayBack> FleetColumns::WayBackOf(Row row, const Return& from) const {
  const domain::EmergencyOrder& order = *from.order;
  const std::uint32_t region = region_[row];
  if (facts_[row].active == 0 || from.regions[region] == 0 || registered_us_[row] >= from.starts_us) return {};
  if (!order.der_id.empty() && order.der_id != base::kAllDers && order.der_id != ders_[row]->der_id) return {};
  const auto [type, category] = ClassOf(row);
  if (domain::UnboundReason(order.kind, type, static_cast<DerStatus>(facts_[row].status), category)) return {};
  return from.returns.Of(keys_[row], capacity_kw_[row], from.window[region], from.ramp[region]);
}

domain::RestorationCount FleetColumns::CountReturn(const Orders& orders, absl::Time now) const {
  const std::vector<Return> returns = ReturnsOf(orders);
  domain::RestorationCount count;
  for (Row row = 0; row < ders_.size(); ++row) {
    std::optional<domain::WayBack> last;
    for (const Return& from : returns) {
      const auto way = WayBackOf(row, from);
      if (!way) continue;
      if (!last) last = way;
      last->turn = std::max(last->turn, way->turn);
      last->back = std::max(last->back, way->back);
    }
    if (last) count.Add(*last, now);
  }
  return count;
}

}  // namespace derms::emergency
