#include "services/dermsctl/output/table.h"

#include <algorithm>
#include <cassert>

#include "services/dermsctl/output/text.h"

namespace derms::dermsctl {
namespace {

constexpr std::size_t kGap = 2;

void AppendRow(const std::vector<Column>& columns, const std::vector<std::size_t>& widths,
               const std::vector<std::string>& cells, std::string* text) {
  for (std::size_t i = 0; i < cells.size(); ++i) {
    const std::string padding(widths[i] - DisplayWidth(cells[i]), ' ');
    const bool last = i + 1 == cells.size();
    if (columns[i].align == Align::kRight) *text += padding;
    *text += cells[i];
    if (columns[i].align == Align::kLeft && !last) *text += padding;
    if (!last) text->append(kGap, ' ');
  }
  *text += '\n';
}

}  // namespace

void Table::AddRow(std::vector<std::string> cells) {
  assert(cells.size() == columns_.size());
  for (std::string& cell : cells) cell = cell.empty() ? "-" : Printable(cell);
  rows_.push_back(std::move(cells));
}

std::string Table::ToText() const {
  std::vector<std::string> titles;
  std::vector<std::size_t> widths;
  for (const Column& column : columns_) {
    titles.push_back(column.title);
    widths.push_back(DisplayWidth(column.title));
  }
  for (const auto& row : rows_) {
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], DisplayWidth(row[i]));
  }
  std::string text;
  AppendRow(columns_, widths, titles, &text);
  for (const auto& row : rows_) AppendRow(columns_, widths, row, &text);
  return text;
}

}  // namespace derms::dermsctl
