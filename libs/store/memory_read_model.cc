#include "libs/store/memory_read_model.h"

#include <algorithm>
#include <utility>

#include "absl/time/clock.h"

namespace derms::store {
namespace {

constexpr std::size_t kScanSlice = 4096;  // DERs looked at under one hold of the lock

// One committed row into memory; rows of no interest here (roles, series) are passed over.
class Applier {
 public:
  Applier(MemoryFleet& fleet, absl::Time now) : fleet_(fleet), now_(now) {}

  void operator()(const DerInsert& row) const { fleet_.PutDer(row.der()); }
  void operator()(const DerReplace& row) const { fleet_.PutDer(row.der()); }
  void operator()(const DerStatusChange& row) const {
    fleet_.PutStatus(row.der_id(), row.status(), row.new_revision(), row.updated_at());
  }
  void operator()(const ReadingPut& row) const { fleet_.PutReading(row.reading()); }
  void operator()(const RegionPut& row) const { fleet_.PutRegion(row.region); }
  void operator()(const CapacityRulePut& row) const { fleet_.PutRule(row.rule); }
  void operator()(const EmergencyInsert& row) const { fleet_.PutOrder(row.order); }
  void operator()(const EmergencyEnd& row) const { fleet_.PutOrder(row.order); }
  void operator()(const RunInsert& row) const {
    if (!row.run.applied) return;
    const absl::Time until = row.run.starts_at + row.run.interval * row.run.interval_count;
    for (const domain::ScheduleRow& schedule : row.schedules) {
      fleet_.Cover(base::DerKeyOf(schedule.der_id), row.run.starts_at, until, now_);
    }
  }
  void operator()(const MaintenanceInsert&) const {}
  void operator()(const GrantPut&) const {}
  void operator()(const GrantDelete&) const {}
  void operator()(const FirstAdmin&) const {}
  void operator()(const TokenRevocation&) const {}
  void operator()(const SeriesPut&) const {}

 private:
  MemoryFleet& fleet_;
  const absl::Time now_;
};

}  // namespace

MemoryReadModel::MemoryReadModel(Pool& pool, const base::Clock& clock)
    : pool_(pool), clock_(clock), heard_at_us_(absl::ToUnixMicros(absl::Now())) {}

MemoryReadModel::~MemoryReadModel() {
  Stop();
}

void MemoryReadModel::Stop() {
  stopped_ = true;
}

std::shared_ptr<const domain::Der> MemoryReadModel::FindDer(std::string_view der_id) const {
  absl::ReaderMutexLock lock(&mutex_);
  return fleet_.Find(der_id);
}

std::optional<domain::Reading> MemoryReadModel::LatestReading(std::string_view der_id) const {
  absl::ReaderMutexLock lock(&mutex_);
  const domain::Reading* reading = fleet_.LatestReading(der_id);
  return reading == nullptr ? std::nullopt : std::optional(*reading);
}

std::shared_ptr<const domain::RegionTree> MemoryReadModel::Regions() const {
  absl::ReaderMutexLock lock(&mutex_);
  return fleet_.regions();
}

std::vector<domain::CapacityRule> MemoryReadModel::CapacityRules() const {
  absl::ReaderMutexLock lock(&mutex_);
  return fleet_.Rules();
}

DerPage MemoryReadModel::ListDers(const DerFilter& filter, std::string_view after_der_id, std::size_t limit,
                                  absl::Time now) const {
  DerPage page;
  std::string after(after_der_id);
  do {
    // In slices: a filter that few pass must not keep commits out for the length of a whole scan.
    absl::ReaderMutexLock lock(&mutex_);
    after = fleet_.Scan(filter, after, limit, kScanSlice, now, page.ders);
  } while (!after.empty() && page.ders.size() < limit);
  page.next_after_der_id = std::move(after);
  return page;
}

domain::DerStatus MemoryReadModel::StatusOf(const domain::Der& der, absl::Time now) const {
  absl::ReaderMutexLock lock(&mutex_);
  return fleet_.StatusOf(der, now);
}

std::vector<domain::EmergencyOrder> MemoryReadModel::LiveOrders(absl::Time now) const {
  absl::ReaderMutexLock lock(&mutex_);
  return fleet_.LiveOrders(now);
}

FleetStats MemoryReadModel::Stats(std::optional<std::string> region_id,
                                  const std::function<bool(const domain::Der&)>& measured, absl::Time now) const {
  absl::ReaderMutexLock lock(&mutex_);
  return fleet_.Stats(region_id, measured, now);
}

absl::Duration MemoryReadModel::Age() const {
  return std::max(absl::ZeroDuration(), absl::Now() - absl::FromUnixMicros(heard_at_us_.load()));
}

void MemoryReadModel::OnCommitted(const Mutation& mutation) {
  absl::MutexLock lock(&mutex_);
  const Applier apply(fleet_, clock_.Now());
  for (const RowWrite& write : mutation.writes) std::visit(apply, write);
}

void MemoryReadModel::OnNewerRow(const domain::Der& der) {
  absl::MutexLock lock(&mutex_);
  fleet_.PutDer(der);
}

}  // namespace derms::store
