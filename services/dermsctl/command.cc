#include "services/dermsctl/command.h"

#include <CLI/CLI.hpp>

namespace derms::dermsctl {
namespace {

template <typename T>
CLI::Option* Add(CLI::App& command, const char* name, T& value, const char* placeholder,
                 const std::string& description) {
  CLI::Option* option = command.add_option(name, value, description)->type_name(placeholder);
  option->configurable(false);  // a configuration file holds the options of every command only
  return option;
}

}  // namespace

CLI::App& AddGroup(CLI::App& root, const char* name, const char* summary) {
  CLI::App* group = root.add_subcommand(name, summary);
  group->require_subcommand(1);
  group->footer("");  // it would have its parent's
  return *group;
}

CLI::App& AddCommand(CLI::App& parent, Selected& selected, const CommandText& text, Action run) {
  CLI::App* command = parent.add_subcommand(text.name, text.summary);
  command->footer(text.examples);  // shown as examples by command_reference.cc
  command->callback([&selected, run = std::move(run)] { selected.action = run; });
  return *command;
}

Declared& Declared::Required() {
  option_->required();
  return *this;
}

Declared& Declared::Excludes(const Declared& other) {
  option_->excludes(other.option_);
  return *this;
}

Declared AddValue(CLI::App& command, const char* name, std::string& value, const char* placeholder,
                  const std::string& description) {
  return Declared(Add(command, name, value, placeholder, description));
}

Declared AddValue(CLI::App& command, const char* name, double& value, const char* placeholder,
                  const std::string& description) {
  return Declared(Add(command, name, value, placeholder, description));
}

Declared AddValue(CLI::App& command, const char* name, std::int64_t& value, const char* placeholder,
                  const std::string& description) {
  return Declared(Add(command, name, value, placeholder, description));
}

Declared AddValue(CLI::App& command, const char* name, std::optional<double>& value, const char* placeholder,
                  const std::string& description) {
  return Declared(Add(command, name, value, placeholder, description));
}

Declared AddList(CLI::App& command, const char* name, std::vector<std::string>& values, const char* placeholder,
                 const std::string& description) {
  return Declared(Add(command, name, values, placeholder, description + " Repeatable.")->allow_extra_args(false));
}

Declared AddNumbers(CLI::App& command, const char* name, std::vector<double>& values, std::size_t count,
                    const char* placeholder, const std::string& description) {
  return Declared(
      Add(command, name, values, placeholder, description)->delimiter(',')->expected(static_cast<int>(count)));
}

Declared AddWords(CLI::App& command, const char* name, std::vector<std::string>& words, const char* placeholder,
                  const std::string& description) {
  return Declared(Add(command, name, words, placeholder, description)->expected(1, -1));
}

Declared AddFlag(CLI::App& command, const char* name, bool& value, const std::string& description) {
  CLI::Option* option = command.add_flag(name, value, description);
  option->configurable(false);
  return Declared(option);
}

}  // namespace derms::dermsctl
