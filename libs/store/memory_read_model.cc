#include "libs/store/memory_read_model.h"

#include <algorithm>
#include <utility>

#include "absl/time/clock.h"
#include "libs/base/error.h"

namespace derms::store {
namespace {

constexpr std::size_t kDersPerRead = 1000;
constexpr std::size_t kReadingsPerRead = 5000;
constexpr std::size_t kOrdersPerRead = 1000;
constexpr absl::Duration kKeepEnded = absl::Hours(1);      // orders and windows that are over
constexpr absl::Duration kMarkersKept = absl::Minutes(5);  // after a longer silence all readings are read again

ScheduleWindow WindowOf(const domain::Run& run, const domain::Schedules& schedules) {
  ScheduleWindow window{run.run_id, run.starts_at, run.starts_at + run.interval_count * run.interval, {}};
  for (const std::string& der_id : schedules.der_ids) window.der_keys.push_back(base::DerKeyOf(der_id));
  std::sort(window.der_keys.begin(), window.der_keys.end());
  return window;
}

}  // namespace

MemoryReadModel::MemoryReadModel(Options options, Pool& pool, Queries& queries)
    : options_(std::move(options)),
      queries_(queries),
      loader_(options_.connect, pool),
      heard_at_ns_(absl::ToUnixNanos(absl::UnixEpoch())) {}

MemoryReadModel::~MemoryReadModel() {
  reading_loop_.reset();
}

absl::Time MemoryReadModel::Deadline() const {
  return absl::Now() + options_.read_timeout;
}

void MemoryReadModel::Touch() {
  heard_at_ns_ = absl::GetCurrentTimeNanos();
}

absl::Duration MemoryReadModel::Age() const {
  return absl::Now() - absl::FromUnixNanos(heard_at_ns_);
}

absl::StatusOr<std::int64_t> MemoryReadModel::Load() {
  // The place in the chain first: what is committed later is told by an event after it.
  ASSIGN_OR_RETURN(const ChainHead head, queries_.ReadChainHead(Deadline()));
  ASSIGN_OR_RETURN(reading_cursor_, loader_.ReadingCursor(Deadline()));
  RETURN_IF_ERROR(ReadRegions());
  RETURN_IF_ERROR(ReadRules());
  RETURN_IF_ERROR(loader_.AllDers([this](domain::Der der) { PutDer(std::move(der)); }));
  RETURN_IF_ERROR(loader_.AllReadings([this](domain::Reading reading) { PutReading(std::move(reading)); }));
  RETURN_IF_ERROR(LoadOrders());
  ASSIGN_OR_RETURN(auto windows, loader_.Windows(std::nullopt, Deadline()));
  for (ScheduleWindow& window : windows) overlay_.PutWindow(std::move(window));
  Touch();
  if (options_.reading_interval > absl::ZeroDuration()) {
    readings_followed_at_ = absl::Now();
    reading_loop_ = std::make_unique<BackgroundLoop>([this] { return FollowReadings(); });
  }
  return head.sequence;
}

// The number first: whatever has a lower one was committed before the orders are read.
absl::Status MemoryReadModel::LoadOrders() {
  ASSIGN_OR_RETURN(const std::int64_t through, loader_.LastOrderNumber(Deadline()));
  std::int64_t after_number = 0;
  while (true) {
    ASSIGN_OR_RETURN(const auto orders, loader_.HoldingOrders(after_number, kOrdersPerRead, Deadline()));
    for (const domain::EmergencyOrder& order : orders) PutOrder(order);
    if (orders.size() < kOrdersPerRead) break;
    after_number = orders.back().number;
  }
  if (observer_ != nullptr) observer_->OnOrdersThrough(through);
  return absl::OkStatus();
}

void MemoryReadModel::OnCommitted(const Mutation& mutation) {
  Touch();
  for (const RowWrite& write : mutation.writes) Apply(write);
}

void MemoryReadModel::Apply(const RowWrite& write) {
  if (const auto* row = std::get_if<DerInsert>(&write)) {
    PutDer(row->der());
  } else if (const auto* replace = std::get_if<DerReplace>(&write)) {
    PutDer(replace->der());
  } else if (const auto* change = std::get_if<DerStatusChange>(&write)) {
    const auto before = fleet_.Find(change->der_id());
    if (before == nullptr || before->revision != change->new_revision() - 1) return;  // the event brings it
    domain::Der der = *before;
    der.stored_status = change->status();
    der.updated_at = change->updated_at();
    der.revision = change->new_revision();
    PutDer(std::move(der));
  } else if (const auto* reading = std::get_if<ReadingPut>(&write)) {
    PutReading(reading->reading());
  } else if (const auto* region = std::get_if<RegionPut>(&write)) {
    PutRegion(region->region);
  } else if (const auto* rule = std::get_if<CapacityRulePut>(&write)) {
    const absl::MutexLock lock(&mutex_);
    ++rules_generation_;
    std::erase_if(rules_, [&](const domain::CapacityRule& stored) { return stored.type == rule->rule.type; });
    const auto place = std::find_if(rules_.begin(), rules_.end(),
                                    [&](const domain::CapacityRule& stored) { return stored.type > rule->rule.type; });
    rules_.insert(place, rule->rule);
  } else if (const auto* run = std::get_if<RunInsert>(&write)) {
    if (run->run.applied) overlay_.PutWindow(WindowOf(run->run, run->schedules));
  } else if (const auto* finish = std::get_if<RunFinish>(&write)) {
    if (finish->run.applied) overlay_.PutWindow(WindowOf(finish->run, finish->schedules));
  } else if (const auto* order = std::get_if<EmergencyInsert>(&write)) {
    PutOrder(order->order);
  } else if (const auto* end = std::get_if<EmergencyEnd>(&write)) {
    PutOrder(end->order);
  }
}

void MemoryReadModel::PutDer(domain::Der der) {
  const auto stored = fleet_.Put(std::move(der));
  if (stored != nullptr && observer_ != nullptr) observer_->OnDer(stored);
}

void MemoryReadModel::PutReading(domain::Reading reading) {
  if (observer_ != nullptr) observer_->OnReading(reading);
  fleet_.PutReading(std::move(reading));
}

void MemoryReadModel::PutRegion(const domain::Region& region) {
  overlay_.PutRegion(region);
  if (observer_ != nullptr) observer_->OnRegions(Regions());
}

void MemoryReadModel::PutOrder(const domain::EmergencyOrder& order) {
  overlay_.PutOrder(order);
  if (observer_ != nullptr) observer_->OnOrder(order);
}

void MemoryReadModel::Heard() {
  Touch();
  CatchUp();
  overlay_.Forget(absl::Now() - kKeepEnded);
}

void MemoryReadModel::OnEvents(const std::vector<domain::Event>& events) {
  for (const domain::Event& event : events) Note(event);
  CatchUp();
}

void MemoryReadModel::Note(const domain::Event& event) {
  using domain::EventType;
  if (event.der_id && event.revision && fleet_.RevisionOf(*event.der_id) < *event.revision) {
    pending_.ders.insert(*event.der_id);
  }
  const std::string resource = event.resource_id.value_or("");
  switch (event.type) {
    case EventType::kEmergencyAllocation:
    case EventType::kEmergencyEnded:
      pending_.orders.insert(resource);
      break;
    case EventType::kResourcesOptimized:
      pending_.runs.insert(resource);
      break;
    case EventType::kRegionPut:
      pending_.regions = true;
      break;
    case EventType::kCapacityRulePut:
      pending_.rules = true;
      break;
    default:
      break;
  }
}

// What fails stays pending and is tried again when the database has answered.
void MemoryReadModel::CatchUp() {
  if (pending_.regions && ReadRegions().ok()) pending_.regions = false;
  if (pending_.rules && ReadRules().ok()) pending_.rules = false;
  if (!pending_.ders.empty()) ReadPendingDers().IgnoreError();
  if (!pending_.orders.empty()) ReadPendingOrders().IgnoreError();
  if (!pending_.runs.empty()) ReadPendingRuns().IgnoreError();
}

absl::Status MemoryReadModel::ReadPendingDers() {
  while (!pending_.ders.empty()) {
    std::vector<std::string> ids;
    for (const std::string& id : pending_.ders) {
      if (ids.size() < kDersPerRead) ids.push_back(id);
    }
    ASSIGN_OR_RETURN(auto ders, queries_.LoadDers(ids, Deadline()));
    std::vector<base::DerKey> added;  // their readings were not kept while they were unknown
    for (domain::Der& der : ders) {
      if (fleet_.Find(der.der_id) == nullptr) added.push_back(der.key());
      PutDer(std::move(der));
    }
    RETURN_IF_ERROR(ReadReadings(added));
    for (const std::string& id : ids) pending_.ders.erase(id);
  }
  return absl::OkStatus();
}

absl::Status MemoryReadModel::ReadPendingOrders() {
  while (!pending_.orders.empty()) {
    const std::string id = *pending_.orders.begin();
    ASSIGN_OR_RETURN(const auto order, queries_.GetEmergency(id, Deadline()));
    if (order) PutOrder(*order);
    pending_.orders.erase(id);
  }
  return absl::OkStatus();
}

absl::Status MemoryReadModel::ReadPendingRuns() {
  while (!pending_.runs.empty()) {
    const std::string id = *pending_.runs.begin();
    ASSIGN_OR_RETURN(auto windows, loader_.Windows(id, Deadline()));
    for (ScheduleWindow& window : windows) overlay_.PutWindow(std::move(window));
    pending_.runs.erase(id);
  }
  return absl::OkStatus();
}

absl::Status MemoryReadModel::ReadRegions() {
  ASSIGN_OR_RETURN(const auto regions, loader_.Regions(Deadline()));
  for (const domain::Region& region : regions) PutRegion(region);
  return absl::OkStatus();
}

absl::Status MemoryReadModel::ReadRules() {
  std::int64_t generation = 0;
  {
    const absl::MutexLock lock(&mutex_);
    generation = rules_generation_;
  }
  ASSIGN_OR_RETURN(auto rules, loader_.CapacityRules(Deadline()));
  const absl::MutexLock lock(&mutex_);
  // Rules have no revision: what was read before a commit of this process must not replace it.
  if (generation != rules_generation_) return base::Aborted("STALE", "rules changed while they were read");
  rules_ = std::move(rules);
  return absl::OkStatus();
}

absl::Status MemoryReadModel::ReadReadings(const std::vector<base::DerKey>& keys) {
  for (std::size_t begin = 0; begin < keys.size(); begin += kReadingsPerRead) {
    const std::size_t end = std::min(keys.size(), begin + kReadingsPerRead);
    const std::vector<base::DerKey> some(keys.begin() + static_cast<std::ptrdiff_t>(begin),
                                         keys.begin() + static_cast<std::ptrdiff_t>(end));
    ASSIGN_OR_RETURN(auto readings, loader_.Readings(some, Deadline()));
    for (domain::Reading& reading : readings) PutReading(std::move(reading));
  }
  return absl::OkStatus();
}

absl::Duration MemoryReadModel::FollowReadings() {
  if (absl::Now() - readings_followed_at_ > kMarkersKept) {
    const auto cursor = loader_.ReadingCursor(Deadline());
    const auto put = [this](domain::Reading reading) { PutReading(std::move(reading)); };
    if (!cursor.ok() || !loader_.AllReadings(put).ok()) return options_.reading_interval;
    reading_cursor_ = *cursor;
  }
  const auto found = loader_.ReadingsAfter(reading_cursor_, options_.instance_id, Deadline());
  if (!found.ok() || !ReadReadings(found->der_keys).ok()) return options_.reading_interval;
  reading_cursor_ = found->through_xid;
  readings_followed_at_ = absl::Now();
  return options_.reading_interval;
}

}  // namespace derms::store
