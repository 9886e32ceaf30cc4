// Rows of a report that were read ahead of the page that was asked for.
//
// The hours of a period lie in the order of time, so that a page of a fleet's report goes through all of them for its
// tenth of the DERs. Who asks for a second page gets it from a read of many, whose rest the pages after it find here:
// the pages of a report together cost little more than all of it at once.
#pragma once

#include <algorithm>
#include <list>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "libs/store/history.h"

namespace derms::registry {

// Everything that decides on the rows of a query, who may see them included: equal texts have equal rows.
std::string TextOf(const store::ReportQuery& query);

// Row: with der.der_id, by which rows are in order. Thread-safe.
template <typename Row>
class ReadAhead {
 public:
  struct Options {
    std::size_t rows = 10'000;                    // that a read has at least, but for a first page
    std::size_t most_reads = 4;                   // kept; with `rows` this bounds the memory, one to two kB a row
    absl::Duration kept_for = absl::Seconds(30);  // rows are not older than that
  };
  ReadAhead() = default;
  explicit ReadAhead(Options options) : options_(options) {}

  // At most `limit` rows after `after`, which is empty for a first page: that one is always read anew, and alone.
  // `load` is asked for the rows after an id, at most so many, outside of any lock.
  template <typename Load>
  absl::StatusOr<std::vector<Row>> Rows(const store::ReportQuery& query, const std::string& after, std::size_t limit,
                                        absl::Time now, const Load& load) {
    if (after.empty()) return load(after, limit);
    const std::string text = TextOf(query);
    std::vector<Row> page;
    if (Find(text, after, limit, now, page)) return page;
    const std::size_t most = std::max(limit, options_.rows);
    auto rows = load(after, most);
    if (!rows.ok()) return rows.status();
    page.assign(rows->begin(), rows->begin() + static_cast<std::ptrdiff_t>(std::min(limit, rows->size())));
    if (rows->size() <= limit) return page;
    const bool to_the_end = rows->size() < most;
    Keep({text, after, *std::move(rows), to_the_end, now});
    return page;
  }

 private:
  struct Read {
    std::string query, after;
    std::vector<Row> rows;  // those after `after`
    bool to_the_end = false;
    absl::Time at;
  };
  bool Find(const std::string& query, const std::string& after, std::size_t limit, absl::Time now,
            std::vector<Row>& page) {
    const absl::MutexLock lock(&mutex_);
    reads_.remove_if([&](const Read& read) { return now - read.at > options_.kept_for; });
    for (const Read& read : reads_) {
      if (read.query != query || read.after > after) continue;
      const auto begin = std::partition_point(read.rows.begin(), read.rows.end(),
                                              [&](const Row& row) { return row.der.der_id <= after; });
      const auto left = static_cast<std::size_t>(read.rows.end() - begin);
      if (left < limit && !read.to_the_end) continue;
      page.assign(begin, begin + static_cast<std::ptrdiff_t>(std::min(left, limit)));
      return true;
    }
    return false;
  }
  void Keep(Read read) {
    const absl::MutexLock lock(&mutex_);
    reads_.push_front(std::move(read));
    if (reads_.size() > options_.most_reads) reads_.pop_back();
  }

  const Options options_;
  absl::Mutex mutex_;
  std::list<Read> reads_ ABSL_GUARDED_BY(mutex_);  // the newest first
};

}  // namespace derms::registry
