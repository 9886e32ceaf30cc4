#include "services/dermsctl/output/grid_table.h"

#include <algorithm>
#include <string>

#include "absl/strings/str_cat.h"
#include "services/dermsctl/input/enum_words.h"
#include "services/dermsctl/output/text.h"

namespace derms::dermsctl {
namespace {

constexpr int kRegionsShown = 20;

std::string Between(double lowest, double highest, int decimals) {
  const std::string low = FormatNumber(lowest, decimals), high = FormatNumber(highest, decimals);
  return low == high ? low : absl::StrCat(low, " to ", high);
}
std::string Both(double a, double b) {
  return absl::StrCat(FormatNumber(a, 1), " / ", FormatNumber(b, 1));
}

// Extremes over the horizon; of what is scheduled and the margins: the interval whose score is least.
v1::GridStability WorstOf(const v1::RegionGridStability& region) {
  v1::GridStability worst = region.intervals(0);
  for (const v1::GridStability& at : region.intervals()) {
    v1::GridStability next = at.score() < worst.score() ? at : worst;
    next.set_lowest_frequency_hz(std::min(worst.lowest_frequency_hz(), at.lowest_frequency_hz()));
    next.set_highest_frequency_hz(std::max(worst.highest_frequency_hz(), at.highest_frequency_hz()));
    next.set_lowest_voltage_pu(std::min(worst.lowest_voltage_pu(), at.lowest_voltage_pu()));
    next.set_highest_voltage_pu(std::max(worst.highest_voltage_pu(), at.highest_voltage_pu()));
    next.set_need_up_kw(std::max(worst.need_up_kw(), at.need_up_kw()));
    next.set_need_down_kw(std::max(worst.need_down_kw(), at.need_down_kw()));
    next.set_need_inject_kvar(std::max(worst.need_inject_kvar(), at.need_inject_kvar()));
    next.set_need_absorb_kvar(std::max(worst.need_absorb_kvar(), at.need_absorb_kvar()));
    worst = std::move(next);
  }
  return worst;
}

std::string Margins(const v1::GridStability& at) {
  return absl::StrCat(FormatNumber(at.frequency_margin(), 2), " / ", FormatNumber(at.voltage_margin(), 2), " / ",
                      FormatNumber(at.reserve_margin(), 2), " / ", FormatNumber(at.ramp_margin(), 2));
}

void AddExpected(Table& table, const v1::RegionGridStability& region, const v1::GridStability& worst) {
  table.AddRow({region.region_id(), Between(worst.lowest_frequency_hz(), worst.highest_frequency_hz(), 2),
                Word(region.frequency_source()), Between(worst.lowest_voltage_pu(), worst.highest_voltage_pu(), 3),
                Word(region.voltage_source()), Both(worst.need_up_kw(), worst.need_down_kw()),
                Both(worst.need_inject_kvar(), worst.need_absorb_kvar())});
}

}  // namespace

void PrintGridStability(Session& session, const v1::GridStabilityReport& report) {
  Table expected({{"grid of"},
                  {"Hz", Align::kRight},
                  {"from"},
                  {"voltage pu", Align::kRight},
                  {"from"},
                  {report.asked() ? "asks for kW up / down" : "needs kW up / down", Align::kRight},
                  {"kvar give / take", Align::kRight}});
  Table served({{"grid of"},
                {"least score", Align::kRight},
                {"at"},
                {"margins Hz / V / reserve / ramp"},
                {"keeps kW up / down", Align::kRight},
                {"kvar", Align::kRight}});
  for (int r = 0; r < std::min(report.regions_size(), kRegionsShown); ++r) {
    const v1::RegionGridStability& region = report.regions(r);
    if (region.intervals().empty()) continue;
    const v1::GridStability worst = WorstOf(region);
    AddExpected(expected, region, worst);
    served.AddRow({region.region_id(), FormatCount(worst.score()), session.Time(worst.starts_at()), Margins(worst),
                   Both(worst.headroom_up_kw(), worst.headroom_down_kw()),
                   FormatNumber(worst.reactive_room_kvar(), 1)});
  }
  if (report.regions().empty()) return;
  session.out() << '\n';
  session.Print(expected);
  if (report.least_score() == 0) return;  // nothing is scheduled yet
  session.out() << '\n';
  session.Print(served);
  if (report.regions_size() > kRegionsShown) {
    session.out() << "and " << report.regions_size() - kRegionsShown << " more (--json lists them)\n";
  }
}

}  // namespace derms::dermsctl
