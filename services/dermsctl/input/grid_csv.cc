#include "services/dermsctl/input/grid_csv.h"

#include <fstream>
#include <iterator>

#include "absl/strings/str_cat.h"
#include "libs/base/error.h"
#include "libs/gridcode/settings_csv.h"
#include "libs/wire/convert_grid.h"

namespace derms::dermsctl {

absl::StatusOr<GridSettingsFile> ReadGridSettings(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
  if (!in) return base::NotFound("FILE_NOT_FOUND", absl::StrCat("cannot read the settings ", path));
  const auto file = gridcode::ReadSettingsCsv(text);
  if (!file.ok()) {
    return base::InvalidArgument("INVALID_CSV", absl::StrCat(path, ": ", std::string(file.status().message())));
  }
  GridSettingsFile out;
  if (file->nameplate) out.nameplate = wire::ToProto(*file->nameplate);
  out.settings = wire::ToProto(file->settings);
  out.has_settings = !file->settings.empty();
  out.unknown = file->unknown;
  return out;
}

absl::StatusOr<std::vector<v1::GridSample>> ReadGridSamples(CsvReader& reader) {
  std::vector<v1::GridSample> samples;
  base::Violations violations;
  while (true) {
    ASSIGN_OR_RETURN(const std::optional<CsvRow> row, reader.Next());
    if (!row) break;
    v1::GridSample sample;
    sample.set_time_s(row->Number({"time_s", "t_s"}, violations).value_or(0));
    if (const auto v_pu = row->Number({"v_pu"}, violations)) sample.set_v_pu(*v_pu);
    if (const auto f_hz = row->Number({"f_hz"}, violations)) sample.set_f_hz(*f_hz);
    if (const auto kw = row->Number({"available_kw"}, violations)) sample.set_available_kw(*kw);
    if (const auto kw = row->Number({"operating_kw"}, violations)) sample.set_operating_kw(*kw);
    samples.push_back(std::move(sample));
    RETURN_IF_ERROR(violations.ToStatus("INVALID_CSV"));
  }
  if (samples.empty()) return base::InvalidArgument("INVALID_CSV", "the samples have no row");
  return samples;
}

}  // namespace derms::dermsctl
