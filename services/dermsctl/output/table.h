// A table in aligned columns, without lines: what people read and awk splits.
#pragma once

#include <ostream>
#include <string>
#include <vector>

namespace derms::dermsctl {

enum class Align { kLeft, kRight };

struct Column {
  std::string title;
  Align align = Align::kLeft;
};

class Table {
 public:
  explicit Table(std::vector<Column> columns) : columns_(std::move(columns)) {}
  // As many cells as columns; unprintable characters are replaced, an empty cell prints as "-" so that every row has
  // the same number of words in its one-word columns.
  void AddRow(std::vector<std::string> cells);
  bool empty() const { return rows_.empty(); }
  std::string ToText() const;

 private:
  std::vector<Column> columns_;
  std::vector<std::vector<std::string>> rows_;
};

}  // namespace derms::dermsctl
