#include "services/dermsctl/output/progress.h"

#include <algorithm>
#include <cmath>

#include "absl/strings/str_format.h"

namespace derms::dermsctl {
namespace {

constexpr std::size_t kBarWidth = 30;
constexpr absl::Duration kRedrawEvery = absl::Milliseconds(100);
constexpr char kWipeLine[] = "\r\x1b[K";

std::string Bar(double share) {
  if (share < 0) return "";
  const auto done = static_cast<std::size_t>(std::lround(std::min(share, 1.0) * kBarWidth));
  return absl::StrFormat(" [%s%s] %3.0f %%", std::string(done, '#'), std::string(kBarWidth - done, '.'), share * 100);
}

}  // namespace

Progress::Progress(std::ostream& err, const base::Clock& clock, bool enabled, std::string label)
    : err_(err), clock_(clock), enabled_(enabled), label_(std::move(label)) {}

Progress::~Progress() {
  if (drawn_) err_ << kWipeLine << std::flush;
}

void Progress::Update(double share, const std::string& detail) {
  if (!enabled_ || clock_.Now() - drawn_at_ < kRedrawEvery) return;
  drawn_at_ = clock_.Now();
  drawn_ = true;
  err_ << kWipeLine << label_ << Bar(share) << "  " << detail << std::flush;
}

}  // namespace derms::dermsctl
