#include "services/dermsctl/output/day_view.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "services/dermsctl/input/enum_words.h"
#include "services/dermsctl/output/text.h"
#include "services/dermsctl/session.h"

namespace derms::dermsctl {
namespace {

std::string KindName(v1::DerType type) {
  std::string name = type == v1::DER_TYPE_UNSPECIFIED ? "other" : Word(type);
  absl::AsciiStrToLower(&name);
  std::replace(name.begin(), name.end(), '_', ' ');
  return name == "battery" ? "storage" : name;
}

std::vector<double> PositivePart(const std::vector<double>& values, double sign) {
  std::vector<double> part;
  for (const double value : values) part.push_back(std::max(0.0, sign * value));
  return part;
}

}  // namespace

void DayView::Add(const v1::OptimizationSchedule& set_point) {
  const auto type = types_.find(set_point.der_id());  // a DER retired since is not listed any more
  const v1::DerType kind = type == types_.end() ? v1::DER_TYPE_UNSPECIFIED : type->second;
  power_kw_[ToTime(set_point.timestamp())][kind] += set_point.power_output_kw();
}

std::vector<absl::Time> DayView::Times() const {
  std::vector<absl::Time> times;
  for (const auto& [time, kinds] : power_kw_) times.push_back(time);
  return times;
}

std::vector<double> DayView::FromRun(double (v1::IntervalResult::*value)() const) const {
  std::map<absl::Time, double> by_time;
  for (const v1::IntervalResult& interval : run_->intervals())
    by_time[ToTime(interval.starts_at())] = (interval.*value)();
  std::vector<double> values;
  for (const absl::Time time : Times()) values.push_back(by_time.contains(time) ? by_time[time] : 0);
  return values;
}

std::vector<DayView::Quantity> DayView::Quantities() const {
  std::map<v1::DerType, std::vector<double>> by_kind;
  for (const auto& [time, kinds] : power_kw_) {
    for (const auto& [kind, kw] : kinds) by_kind[kind];
  }
  for (const auto& [time, kinds] : power_kw_) {
    for (auto& [kind, values] : by_kind) values.push_back(kinds.contains(kind) ? kinds.at(kind) : 0);
  }
  std::vector<Quantity> quantities;
  if (run_) quantities.push_back({"load", FromRun(&v1::IntervalResult::load_kw)});
  for (auto& [kind, values] : by_kind) quantities.push_back({KindName(kind), std::move(values)});
  if (run_) {
    quantities.push_back({"import", FromRun(&v1::IntervalResult::import_kw)});
    quantities.push_back({"export", FromRun(&v1::IntervalResult::export_kw)});
  }
  return quantities;
}

Table DayView::ToTable(absl::TimeZone zone) const {
  const std::vector<Quantity> quantities = Quantities();
  std::vector<Column> columns = {{"time"}};
  for (const Quantity& quantity : quantities) columns.push_back({quantity.name + " kW", Align::kRight});
  Table table(columns);
  const std::vector<absl::Time> times = Times();
  for (std::size_t i = 0; i < times.size(); ++i) {
    std::vector<std::string> cells = {absl::FormatTime("%m-%d %H:%M", times[i], zone)};
    for (const Quantity& quantity : quantities) cells.push_back(FormatNumber(quantity.values[i], 0));
    table.AddRow(std::move(cells));
  }
  return table;
}

absl::Duration DayView::Interval() const {
  if (run_) return absl::Seconds(run_->interval().seconds());
  const std::vector<absl::Time> times = Times();
  return times.size() > 1 ? times[1] - times[0] : absl::Hours(1);
}

std::string DayView::ToPlot(absl::TimeZone zone, const PlotOptions& options) const {
  std::vector<PlotStrip> strips;
  for (const Quantity& quantity : Quantities()) {
    const bool storage = quantity.name == "storage";
    strips.push_back({storage ? "discharge" : quantity.name, PositivePart(quantity.values, 1)});
    if (storage) strips.push_back({"charge", PositivePart(quantity.values, -1)});
  }
  return Plot(strips, power_kw_.begin()->first, Interval(), zone, options);
}

}  // namespace derms::dermsctl
