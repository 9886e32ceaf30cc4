#include "services/dermsctl/input/csv.h"

#include <algorithm>
#include <cmath>
#include <filesystem>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"

namespace derms::dermsctl {
namespace {

constexpr std::size_t kMaxLineBytes = 1024 * 1024;
constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";  // spreadsheets write it

}  // namespace

CsvHeader::CsvHeader(std::vector<std::string> names) : names_(std::move(names)) {
  for (std::size_t i = 0; i < names_.size(); ++i) places_.emplace(names_[i], i);
}

std::optional<std::size_t> CsvHeader::Find(std::initializer_list<std::string_view> spellings) const {
  for (const std::string_view spelling : spellings) {
    if (const auto it = places_.find(std::string(spelling)); it != places_.end()) return it->second;
  }
  return std::nullopt;
}

std::optional<std::string> CsvRow::Text(std::initializer_list<std::string_view> spellings) const {
  const auto place = header_->Find(spellings);
  if (!place || cells_[*place].empty()) return std::nullopt;
  return cells_[*place];
}

std::optional<double> CsvRow::Number(std::initializer_list<std::string_view> spellings,
                                     base::Violations& violations) const {
  const auto text = Text(spellings);
  if (!text) return std::nullopt;
  double value = 0;
  if (!absl::SimpleAtod(*text, &value) || !std::isfinite(value)) {
    violations.Add(*spellings.begin(), absl::StrCat("'", *text, "' is no number (line ", line_, ")"));
    return std::nullopt;
  }
  return value;
}

CsvReader::CsvReader(std::string path) : path_(std::move(path)), file_(path_, std::ios::binary) {
  csv_init(&parser_, CSV_STRICT | CSV_STRICT_FINI);
}

CsvReader::~CsvReader() {
  csv_free(&parser_);
}

absl::StatusOr<std::unique_ptr<CsvReader>> CsvReader::Open(const std::string& path) {
  std::error_code error;
  if (!std::filesystem::exists(path, error) || std::filesystem::is_directory(path, error)) {
    return base::NotFound("FILE_NOT_FOUND", absl::StrCat("there is no file ", path));
  }
  std::unique_ptr<CsvReader> reader(new CsvReader(path));
  if (!reader->file_) return base::PermissionDenied("FILE_UNREADABLE", absl::StrCat("cannot read ", path));
  const std::uintmax_t size_bytes = std::filesystem::file_size(path, error);
  reader->size_bytes_ = error ? 0 : size_bytes;  // a pipe has none
  RETURN_IF_ERROR(reader->ReadHeader());
  return reader;
}

absl::Status CsvReader::ReadHeader() {
  ASSIGN_OR_RETURN(std::optional<RawRow> first, NextRaw());
  if (!first) return Bad(1, "the file is empty; its first line must name the columns");
  std::vector<std::string> sorted = first->cells;
  std::sort(sorted.begin(), sorted.end());
  if (sorted.front().empty()) return Bad(first->line, "a column has no name");
  const auto twice = std::adjacent_find(sorted.begin(), sorted.end());
  if (twice != sorted.end()) return Bad(first->line, absl::StrCat("the column ", *twice, " is there twice"));
  header_.emplace(std::move(first->cells));
  return absl::OkStatus();
}

absl::StatusOr<std::optional<CsvRow>> CsvReader::Next() {
  ASSIGN_OR_RETURN(std::optional<RawRow> raw, NextRaw());
  if (!raw) return std::optional<CsvRow>();
  if (raw->cells.size() != header_->names().size()) {
    return Bad(raw->line,
               absl::StrCat("the row has ", raw->cells.size(), " cells, the header ", header_->names().size()));
  }
  return CsvRow(*header_, raw->line, std::move(raw->cells));
}

absl::StatusOr<std::optional<CsvReader::RawRow>> CsvReader::NextRaw() {
  while (rows_.empty() && !at_end_) RETURN_IF_ERROR(FeedLine());
  if (rows_.empty()) return std::optional<RawRow>();
  RawRow row = std::move(rows_.front());
  rows_.pop_front();
  return row;
}

// One line at a time, so that a row knows its line.
absl::Status CsvReader::FeedLine() {
  std::string text;
  if (!std::getline(file_, text)) {
    at_end_ = true;
    if (csv_fini(&parser_, OnCell, OnRow, this) != 0) return Bad(line_, "a quoted cell is not closed");
    return absl::OkStatus();
  }
  ++line_;
  read_bytes_ += text.size() + 1;
  if (text.size() > kMaxLineBytes) return Bad(line_, "the line is longer than 1 MiB");
  if (line_ == 1 && text.compare(0, kByteOrderMark.size(), kByteOrderMark) == 0) text.erase(0, kByteOrderMark.size());
  text.push_back('\n');
  if (csv_parse(&parser_, text.data(), text.size(), OnCell, OnRow, this) != text.size()) {
    return Bad(line_, csv_strerror(csv_error(&parser_)));
  }
  return absl::OkStatus();
}

void CsvReader::OnCell(void* bytes, std::size_t size, void* reader) {
  std::string cell(static_cast<const char*>(bytes), size);
  absl::StripAsciiWhitespace(&cell);
  static_cast<CsvReader*>(reader)->cells_.push_back(std::move(cell));
}

void CsvReader::OnRow(int /*terminator*/, void* reader) {
  auto* self = static_cast<CsvReader*>(reader);
  self->rows_.push_back({self->line_, std::move(self->cells_)});
  self->cells_.clear();
}

double CsvReader::progress() const {
  if (size_bytes_ == 0) return 0;
  return std::min(1.0, static_cast<double>(read_bytes_) / static_cast<double>(size_bytes_));
}

std::vector<std::string> CsvReader::UnknownColumns(const std::vector<std::string>& known) const {
  std::vector<std::string> unknown;
  for (const std::string& name : header_->names()) {
    if (std::find(known.begin(), known.end(), name) == known.end()) unknown.push_back(name);
  }
  return unknown;
}

absl::Status CsvReader::Bad(std::size_t line, std::string_view what) const {
  return base::InvalidArgument("INVALID_CSV", absl::StrCat(path_, ":", line, ": ", std::string(what)));
}

}  // namespace derms::dermsctl
