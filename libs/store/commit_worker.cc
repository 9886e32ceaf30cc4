#include "libs/store/commit_worker.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "libs/base/error.h"
#include "libs/store/advisory_locks.h"
#include "libs/store/pg_error.h"
#include "libs/store/status_batch.h"

namespace derms::store {
namespace {

constexpr int kAttempts = 4;
constexpr absl::Duration kLockTimeout = absl::Seconds(2);  // for a row that a session outside holds

void FailAll(const std::vector<BatchItem*>& items, const absl::Status& status) {
  for (BatchItem* item : items) {
    item->Reset();
    item->status = status;
  }
}

ConnectOptions WithTimeout(ConnectOptions connect, absl::Duration statement_timeout) {
  connect.statement_timeout = statement_timeout;
  return connect;
}

absl::Time LatestDeadline(const std::vector<BatchItem*>& items) {
  absl::Time latest = absl::InfinitePast();
  for (const BatchItem* item : items) latest = std::max(latest, item->deadline);
  return latest;
}

}  // namespace

CommitWorker::CommitWorker(Duty duty, BatchQueue& queue, const GroupCommitter::Options& options,
                           const GroupCommitter::Hooks& hooks, std::vector<CommitObserver*> observers,
                           base::IdSource& ids)
    : duty_(duty),
      queue_(queue),
      options_(options),
      hooks_(hooks),
      observers_(std::move(observers)),
      ids_(ids),
      thread_([this] { Run(); }) {}

CommitWorker::~CommitWorker() {
  Join();
}

void CommitWorker::Join() {
  if (thread_.joinable()) thread_.join();
  deliverer_.Drain();
}

void CommitWorker::Run() {
  if (duty_ == Duty::kMain) AwaitDatabase();  // later the database may have no room for one more
  while (AwaitTurn()) {
    BatchItems batch = queue_.Take();
    if (batch.empty()) break;
    Process(std::move(batch));
    if (!connection_) AwaitDatabase();
  }
}

// A helper takes nothing that it could not write: the main worker has a connection of its own.
bool CommitWorker::AwaitTurn() {
  if (duty_ == Duty::kMain) {
    while (!queue_.AwaitAny(options_.idle_look)) LookAtIdleConnection();
    return true;
  }
  while (queue_.AwaitMoreThanABatch()) {
    if (!connection_) AwaitDatabase();
    if (connection_) return true;
  }
  return false;
}

// One that was lost is replaced before it is needed: then the database may have no room.
void CommitWorker::LookAtIdleConnection() {
  const absl::Status alive = Guarded([&] {
    connection_->Execute("SELECT 1");
    return absl::OkStatus();
  });
  if (alive.ok()) return;
  connection_.reset();
  AwaitDatabase();
}

CommitWorker::Items CommitWorker::DropExpired(const BatchItems& batch) {
  const absl::Time now = absl::Now();
  Items alive;
  for (const auto& item : batch) {
    if (item->deadline <= now) {
      item->status = base::DeadlineExceeded("DEADLINE_EXCEEDED", "the time ran out before the change was begun");
    } else {
      alive.push_back(item.get());
    }
  }
  return alive;
}

void CommitWorker::Process(BatchItems batch) {
  const Items items = DropExpired(batch);
  const absl::Time begin = absl::Now();
  if (!items.empty()) Store(items);
  if (hooks_.on_batch && !items.empty()) hooks_.on_batch(items.size(), absl::Now() - begin);
  for (CommitObserver* observer : observers_) {
    for (const domain::Der& der : newer_rows_) observer->OnNewerRow(der);
    for (const domain::EmergencyOrder& order : newer_orders_) observer->OnNewerOrder(order);
  }
  newer_rows_.clear();
  newer_orders_.clear();
  for (const auto& item : batch) {
    if (!item->writes()) continue;
    for (CommitObserver* observer : observers_) observer->OnCommitted(item->mutation);
  }
  queue_.Release(batch);
  // Answers leave on a thread of their own, while the next batch is written; here when that is far behind.
  const auto answered = std::make_shared<BatchItems>(std::move(batch));
  const auto deliver = [answered] {
    for (const auto& item : *answered) Deliver(*item);
  };
  if (!deliverer_.Submit(deliver).ok()) deliver();
}

void CommitWorker::Deliver(BatchItem& item) {
  if (!item.status.ok()) {
    item.done(item.status);
    return;
  }
  item.done(Committed{item.replayed, std::move(item.response)});
}

void CommitWorker::Store(const Items& items) {
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    if (!Connect().ok()) return FailAll(items, DatabaseUnavailable());
    Marker marker;
    absl::Status refusal;
    switch (TryCommit(items, marker, refusal)) {
      case Attempt::kDone:
        return;
      case Attempt::kRefused:
        return StoreHalves(items, refusal);
      case Attempt::kConflict:
      case Attempt::kLost:
        break;  // nothing was stored: once more, on a new connection when it was lost
      case Attempt::kInDoubt:
        switch (Settle(marker, std::min(LatestDeadline(items), absl::Now() + options_.settle_limit))) {
          case Doubt::kStored:
            return;  // the outcomes that WriteBatch set are true
          case Doubt::kUnknown:
            return FailAll(items, CommitUnknown());
          case Doubt::kNotStored:
            break;
        }
    }
  }
  FailAll(items, connection_ ? base::Aborted("SERIALIZATION", "writes kept meeting in the database; retry this one")
                             : DatabaseUnavailable());
}

// One bad item must not fail the others: halves find it in a few transactions.
void CommitWorker::StoreHalves(const Items& items, const absl::Status& refusal) {
  if (items.size() == 1) {
    if (hooks_.on_refused) hooks_.on_refused(refusal);
    return FailAll(items, refusal);
  }
  const auto middle = items.begin() + static_cast<std::ptrdiff_t>(items.size() / 2);
  Store(Items(items.begin(), middle));
  Store(Items(middle, items.end()));
}

CommitWorker::Attempt CommitWorker::TryCommit(const Items& items, Marker& marker, absl::Status& refusal) {
  for (BatchItem* item : items) item->Reset();
  const std::size_t newer_before = newer_rows_.size();
  refusal = Guarded([&] {
    WriteAndCommit(items, marker);
    return absl::OkStatus();
  });
  if (refusal.ok()) return Attempt::kDone;
  const bool in_doubt = IsInDoubt(refusal);
  if (!in_doubt) newer_rows_.resize(newer_before);
  if (connection_->broken() || in_doubt) connection_.reset();
  if (in_doubt) return Attempt::kInDoubt;
  if (!connection_) return Attempt::kLost;
  if (IsDatabaseUnavailable(refusal)) {  // going down, or a standby: another connection may reach the primary
    connection_.reset();
    return Attempt::kLost;
  }
  if (base::ReasonOf(refusal) == "STATEMENT_TIMEOUT") {  // overload: halves would only add to it
    FailAll(items, refusal);
    return Attempt::kDone;
  }
  return IsSerialization(refusal) ? Attempt::kConflict : Attempt::kRefused;
}

void CommitWorker::WriteAndCommit(Items items, Marker& marker) {
  const bool may_fit = absl::Now() >= general_way_until_ && IsStatusBatch(items);
  if (may_fit && CommitAsStatusBatch(items, marker)) return;
  while (!items.empty()) {
    Transaction transaction(*connection_, Transaction::Kind::kReadWrite);
    Batch batch{items, {}, {}};
    const WrittenBatch written = WriteBatch(transaction, batch, options_.instance_id, ids_);
    newer_rows_.insert(newer_rows_.end(), batch.newer_rows.begin(), batch.newer_rows.end());
    newer_orders_.insert(newer_orders_.end(), batch.newer_orders.begin(), batch.newer_orders.end());
    if (!written.must_rerun) {
      marker = written.marker;
      if (hooks_.before_commit) hooks_.before_commit();
      transaction.Commit();
      return;
    }
    // Failed items keep their status; the others are written again without them.
    transaction.Rollback();
    std::erase_if(items, [](const BatchItem* item) { return !item->status.ok(); });
    for (BatchItem* item : items) item->Reset();
  }
}

// False when nothing was written: some change does not fit what is stored, and the general way finds out which.
bool CommitWorker::CommitAsStatusBatch(const Items& items, Marker& marker) {
  marker = {Marker::Kind::kBatch, 0, {}, ids_.NewId()};
  try {
    if (hooks_.before_commit) hooks_.before_commit();
    CommitStatusBatch(*connection_, items, marker, options_.instance_id);
    return true;
  } catch (const CommitInDoubt&) {
    throw;
  } catch (...) {
    if (connection_->broken()) throw;
    // Where some do not fit, more will not: each try costs a batch, and libpqxx 6.4 loses 2 kB with every failed
    // statement.
    general_way_until_ = absl::Now() + kGeneralWayFor;
    for (BatchItem* item : items) item->Reset();
    return false;
  }
}

CommitWorker::Doubt CommitWorker::Settle(const Marker& marker, absl::Time until) {
  const std::int64_t old_session = session_lock_;
  Doubt doubt = Doubt::kUnknown;
  while (doubt == Doubt::kUnknown && absl::Now() < until) {
    if (Connect().ok()) {
      const absl::Status looked = Guarded([&] {
        // The old session may still be committing: its lock is free only when it has ended.
        connection_->Execute(absl::StrCat("SELECT pg_advisory_lock_shared(", old_session,
                                          "); SELECT pg_advisory_unlock_shared(", old_session, ")"));
        doubt = IsStored(*connection_, marker) ? Doubt::kStored : Doubt::kNotStored;
        return absl::OkStatus();
      });
      if (looked.ok()) break;
      connection_.reset();
    } else {
      RefuseQueued();
    }
    if (queue_.AwaitClosed(options_.reconnect_min)) absl::SleepFor(options_.reconnect_min);
  }
  if (doubt == Doubt::kUnknown) {
    if (hooks_.on_doubt_unsettled) hooks_.on_doubt_unsettled();
  } else if (hooks_.on_doubt_settled) {
    hooks_.on_doubt_settled(doubt == Doubt::kStored);
  }
  return doubt;
}

absl::Status CommitWorker::Connect() {
  if (connection_) return absl::OkStatus();
  auto opened = Connection::Open(WithTimeout(options_.connect, options_.statement_timeout));
  if (!opened.ok()) {
    SetAvailable(false);
    return opened.status();
  }
  const std::int64_t lock = kCommitterLockPrefix | absl::Uniform<std::uint32_t>(random_);
  const absl::Status prepared = Guarded([&] {
    // Rows are always found by key, in the order given: other plans may look cheaper while a table is small, and stay.
    // Where a table must be scanned (role_version has one row) the forbidden plan costs so much on paper that JIT would
    // compile it, for longer than the whole batch takes.
    (*opened)->Execute(absl::StrCat("SET enable_hashjoin = off; SET enable_mergejoin = off; SET enable_seqscan = off; ",
                                    "SET jit = off; ", "SET lock_timeout = ", absl::ToInt64Milliseconds(kLockTimeout),
                                    "; ", "SELECT pg_advisory_lock(", lock, ")"));
    return absl::OkStatus();
  });
  if (!prepared.ok()) {
    SetAvailable(false);
    return prepared;
  }
  connection_ = *std::move(opened);
  session_lock_ = lock;
  SetAvailable(true);
  return absl::OkStatus();
}

void CommitWorker::AwaitDatabase() {
  absl::Duration pause = options_.reconnect_min;
  while (!Connect().ok()) {
    RefuseQueued();
    if (queue_.AwaitClosed(pause * absl::Uniform(random_, 0.5, 1.0))) return;
    pause = std::min(2 * pause, options_.reconnect_max);
  }
}

void CommitWorker::RefuseQueued() {
  if (duty_ != Duty::kMain) return;
  for (const auto& item : queue_.TakeAll()) item->done(DatabaseUnavailable());
}

void CommitWorker::SetAvailable(bool available) {
  if (duty_ != Duty::kMain) return;
  const bool before = available_.exchange(available);
  if (hooks_.on_connection && (before != available || available)) hooks_.on_connection(available);
}

}  // namespace derms::store
