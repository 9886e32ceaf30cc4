#include "services/dermsctl/settings.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <fstream>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "libs/base/error.h"

namespace derms::dermsctl {
namespace {

std::optional<std::string> NotEmpty(const Environment& environment, const std::string& name) {
  auto value = environment(name);
  return value && !value->empty() ? value : std::nullopt;
}

std::optional<std::string> PathOfConfigFile(const Environment& environment) {
  if (const auto xdg = NotEmpty(environment, "XDG_CONFIG_HOME")) return absl::StrCat(*xdg, "/dermsctl.toml");
  if (const auto home = NotEmpty(environment, "HOME")) return absl::StrCat(*home, "/.config/dermsctl.toml");
  return std::nullopt;
}

// As if it were the option's default: what the command line says comes later and wins. Throws what CLI11 throws.
void Set(CLI::Option& option, const std::string& value) {
  option.run_callback_for_default();  // newer versions give flags no value otherwise
  option.default_val(value);
}

absl::Status ApplyConfigFile(CLI::App& app, const std::string& path) {
  std::ifstream file(path);
  if (!file) return absl::OkStatus();
  const auto bad = [&path](const std::string& what) {
    return base::InvalidArgument("INVALID_CONFIG_FILE", absl::StrCat(path, ": ", what));
  };
  try {  // CLI11 reports by exception
    for (const CLI::ConfigItem& item : CLI::ConfigTOML().from_config(file)) {
      CLI::Option* option = app.get_option_no_throw("--" + item.name);
      if (option == nullptr || !option->get_configurable() || !item.parents.empty() || item.inputs.size() != 1) {
        return bad(absl::StrCat("'", item.fullname(), "' is no option that can be set here"));
      }
      Set(*option, item.inputs.front());
    }
  } catch (const CLI::Error& error) {
    return bad(error.what());
  }
  return absl::OkStatus();
}

}  // namespace

std::string EnvironmentVariableOf(const CLI::Option& option) {
  const bool takes_value = option.get_items_expected_max() > 0;
  if (!option.get_configurable() || !takes_value || option.get_lnames().empty()) return "";
  std::string name = absl::StrCat("DERMS_", absl::AsciiStrToUpper(option.get_lnames().front()));
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
}

absl::Status ApplySettings(CLI::App& app, const Environment& environment) {
  if (const auto path = PathOfConfigFile(environment)) RETURN_IF_ERROR(ApplyConfigFile(app, *path));
  for (CLI::Option* option : app.get_options([](const CLI::Option*) { return true; })) {
    const std::string name = EnvironmentVariableOf(*option);
    const auto value = name.empty() ? std::nullopt : NotEmpty(environment, name);
    if (!value) continue;
    try {  // CLI11 reports by exception
      Set(*option, *value);
    } catch (const CLI::Error&) {
      return base::InvalidArgument("INVALID_ENVIRONMENT",
                                   absl::StrCat(name, "='", *value, "' does not fit ", option->get_name()));
    }
  }
  return absl::OkStatus();
}

}  // namespace derms::dermsctl
