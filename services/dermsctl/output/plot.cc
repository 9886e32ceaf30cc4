#include "services/dermsctl/output/plot.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "absl/strings/str_cat.h"
#include "services/dermsctl/output/text.h"

namespace derms::dermsctl {
namespace {

constexpr std::size_t kScaleWidth = 16;  // "  12,345,678 kW"
constexpr std::size_t kMaxCellWidth = 3;

// Characters of rising height; the last one fills the cell.
constexpr std::array<std::string_view, 9> kBlocks = {" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
constexpr std::array<std::string_view, 4> kAscii = {" ", ".", ":", "#"};

// Averages neighbours until at most `most` values are left.
std::vector<double> Fold(const std::vector<double>& values, std::size_t group) {
  std::vector<double> folded;
  for (std::size_t begin = 0; begin < values.size(); begin += group) {
    const std::size_t end = std::min(begin + group, values.size());
    double sum = 0;
    for (std::size_t i = begin; i < end; ++i) sum += values[i];
    folded.push_back(sum / static_cast<double>(end - begin));
  }
  return folded;
}

struct Grid {
  std::size_t label_width = 0;
  std::size_t group = 1;       // intervals per cell
  std::size_t cells = 0;       // per strip
  std::size_t cell_width = 1;  // characters per cell
};

Grid Layout(const std::vector<PlotStrip>& strips, const PlotOptions& options) {
  Grid grid;
  for (const PlotStrip& strip : strips) grid.label_width = std::max(grid.label_width, DisplayWidth(strip.label));
  const std::size_t taken = grid.label_width + 2 + kScaleWidth;
  const std::size_t room = options.columns > taken + 24 ? options.columns - taken : 24;
  const std::size_t count = strips.front().values.size();
  grid.group = (count + room - 1) / room;
  grid.cells = (count + grid.group - 1) / grid.group;
  grid.cell_width = std::clamp<std::size_t>(room / grid.cells, 1, kMaxCellWidth);
  return grid;
}

// The character of one cell in one row; `filled` is the height of the value in rows, `row` counts from the bottom.
std::string_view Glyph(double filled, std::size_t row, bool unicode) {
  const double part = std::clamp(filled - static_cast<double>(row), 0.0, 1.0);
  const std::size_t most = unicode ? kBlocks.size() - 1 : kAscii.size() - 1;
  const auto level = static_cast<std::size_t>(std::ceil(part * static_cast<double>(most) - 1e-9));
  return unicode ? kBlocks[level] : kAscii[level];
}

void DrawStrip(const PlotStrip& strip, const Grid& grid, const PlotOptions& options, std::string* text) {
  const std::vector<double> values = Fold(strip.values, grid.group);
  const double top = *std::max_element(values.begin(), values.end());
  for (std::size_t row = options.rows; row-- > 0;) {
    const std::string label = row == 0 ? strip.label : "";
    std::string line = label + std::string(grid.label_width - DisplayWidth(label) + 2, ' ');
    for (const double value : values) {
      const double filled = value / top * static_cast<double>(options.rows);
      for (std::size_t i = 0; i < grid.cell_width; ++i) line += Glyph(filled, row, options.unicode);
    }
    if (row + 1 == options.rows) absl::StrAppend(&line, "  ", FormatNumber(top, 0), " kW");
    line.erase(line.find_last_not_of(' ') + 1);
    absl::StrAppend(text, line, "\n");
  }
}

// Hours under the strips, as many as fit without touching.
void DrawAxis(const Grid& grid, absl::Time starts_at, absl::Duration interval, absl::TimeZone zone, std::string* text) {
  constexpr std::size_t kMark = 5;  // "16:00"
  const std::size_t width = grid.cells * grid.cell_width;
  std::string line(width, ' ');
  const std::size_t cells_per_mark = std::max<std::size_t>(1, (kMark + 1 + grid.cell_width - 1) / grid.cell_width);
  for (std::size_t cell = 0; cell * grid.cell_width + kMark <= width; cell += cells_per_mark) {
    const absl::Time time = starts_at + interval * static_cast<double>(cell * grid.group);
    line.replace(cell * grid.cell_width, kMark, absl::FormatTime("%H:%M", time, zone));
  }
  line.erase(line.find_last_not_of(' ') + 1);
  absl::StrAppend(text, std::string(grid.label_width + 2, ' '), line, "\n");
}

}  // namespace

std::string Plot(const std::vector<PlotStrip>& strips, absl::Time starts_at, absl::Duration interval,
                 absl::TimeZone zone, const PlotOptions& options) {
  std::vector<PlotStrip> shown;
  for (const PlotStrip& strip : strips) {
    const bool drawn = std::any_of(strip.values.begin(), strip.values.end(), [](double v) { return v >= 0.5; });
    if (drawn) shown.push_back(strip);
  }
  if (shown.empty()) return "no power in any interval\n";
  const Grid grid = Layout(shown, options);
  std::string text;
  for (const PlotStrip& strip : shown) DrawStrip(strip, grid, options, &text);
  DrawAxis(grid, starts_at, interval, zone, &text);
  return text;
}

}  // namespace derms::dermsctl
