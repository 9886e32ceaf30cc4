#include "services/emergency/shared_sheets.h"

#include <iterator>
#include <utility>

#include "libs/base/error.h"

namespace derms::emergency {

void SharedSheets::SetDers(Reader& reader, Ders ders) {
  const absl::MutexLock lock(&mutex_);
  reader.ders_ = std::move(ders);
  reader.found_ = nullptr;
}

void SharedSheets::Expect(const ReaderPtr& reader) {
  const absl::MutexLock lock(&mutex_);
  if (std::exchange(reader->expected_, true)) return;
  expected_.push_back(reader);
}

absl::StatusOr<SharedSheets::Found> SharedSheets::Collect(const ReaderPtr& reader, absl::Time deadline) {
  Batch batch;
  std::vector<Ders> lists;
  {
    const auto not_under_way = [&reader] { return !reader->is_read_; };
    const absl::MutexLock lock(&mutex_);
    mutex_.AwaitWithDeadline(absl::Condition(&not_under_way), deadline);
    if (const auto found = TakeFound(*reader)) return std::move(*found);
    batch = TakeBatch(reader);
    for (const ReaderPtr& each : batch) {
      each->is_read_ = true;
      lists.push_back(each->ders_);
    }
  }
  const std::uint64_t after = hub_.changes();
  auto read = Read(lists, deadline);

  const absl::MutexLock lock(&mutex_);
  auto next = read.ok() ? read->by_place.begin() : std::vector<std::vector<domain::Control>>::iterator();
  for (std::size_t i = 0; i < batch.size(); ++i) {
    batch[i]->is_read_ = false;
    if (!read.ok()) continue;
    const auto end = next + static_cast<std::ptrdiff_t>(lists[i]->size());
    auto found =
        std::make_unique<Found>(Found{read->until, {std::make_move_iterator(next), std::make_move_iterator(end)}});
    next = end;
    if (batch[i]->ders_ != lists[i]) continue;  // it has other DERs by now
    batch[i]->found_ = std::move(found);
    batch[i]->found_after_ = after;
  }
  RETURN_IF_ERROR(read.status());
  return std::move(*std::exchange(reader->found_, nullptr));
}

// What was found for the reader, if nothing has changed for it since.
std::unique_ptr<SharedSheets::Found> SharedSheets::TakeFound(Reader& reader) {
  auto found = std::exchange(reader.found_, nullptr);
  return reader.found_after_ >= reader.member_->changed_at() ? std::move(found) : nullptr;
}

// The first, and as many of those that are expected as one read may have.
SharedSheets::Batch SharedSheets::TakeBatch(const ReaderPtr& first) {
  Batch batch = {first};
  first->expected_ = false;
  std::size_t count = first->ders_->size();
  while (!expected_.empty()) {
    ReaderPtr next = expected_.front().lock();
    const bool waits = next != nullptr && next->expected_ && !next->is_read_;
    if (waits && count + next->ders_->size() > kMostDers) break;
    expected_.pop_front();
    if (!waits) continue;
    next->expected_ = false;
    count += next->ders_->size();
    batch.push_back(std::move(next));
  }
  return batch;
}

absl::StatusOr<SharedSheets::Found> SharedSheets::Read(const std::vector<Ders>& lists, absl::Time deadline) const {
  std::vector<DerPtr> all;
  for (const Ders& list : lists) all.insert(all.end(), list->begin(), list->end());
  const absl::Time now = clock_.Now();
  Found found{.until = now + kLookAhead, .by_place = {}};
  const SheetTime time{.from = now, .until = found.until, .known_at = absl::InfiniteFuture()};
  bool guessed = false;
  ASSIGN_OR_RETURN(found.by_place, sheets_.Collect(all, time, deadline, &guessed));
  if (guessed) found.until = now + kLookAgain;
  return found;
}

}  // namespace derms::emergency
