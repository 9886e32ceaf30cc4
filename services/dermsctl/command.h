// How a command is declared: options into a struct, and a function that runs once everything has been parsed.
// CLI11 stays behind this header: it would add seconds of compilation to each of the command files.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "services/dermsctl/session.h"

namespace CLI {
class App;
class Option;
}  // namespace CLI

namespace derms::dermsctl {

using Action = std::function<absl::StatusOr<ExitCode>(Session&)>;

// The command that the command line named; empty while none has.
struct Selected {
  Action action;
};

struct CommandText {
  const char* name;
  const char* summary;   // one sentence
  const char* examples;  // one command a line
};

// A group such as `ders`, which only holds commands.
CLI::App& AddGroup(CLI::App& root, const char* name, const char* summary);

// A command without options of its own.
CLI::App& AddCommand(CLI::App& parent, Selected& selected, const CommandText& text, Action run);

// A command whose options `declare` binds to a fresh Options.
template <typename Options>
CLI::App& AddCommand(CLI::App& parent, Selected& selected, const CommandText& text,
                     void (*declare)(CLI::App&, Options&), absl::StatusOr<ExitCode> (*run)(Session&, const Options&)) {
  auto options = std::make_shared<Options>();
  CLI::App& command =
      AddCommand(parent, selected, text, [options, run](Session& session) { return run(session, *options); });
  declare(command, *options);
  return command;
}

// A declared option, for what else is to be said about it.
class Declared {
 public:
  explicit Declared(CLI::Option* option) : option_(option) {}
  Declared& Required();
  Declared& Excludes(const Declared& other);

 private:
  CLI::Option* option_;
};

// An option or, without leading dashes, an argument; `placeholder` as "FILE" stands for the value in the help.
Declared AddValue(CLI::App& command, const char* name, std::string& value, const char* placeholder,
                  const std::string& description);
Declared AddValue(CLI::App& command, const char* name, double& value, const char* placeholder,
                  const std::string& description);
Declared AddValue(CLI::App& command, const char* name, std::int64_t& value, const char* placeholder,
                  const std::string& description);
// For a number that means something else when it is absent than any number does.
Declared AddValue(CLI::App& command, const char* name, std::optional<double>& value, const char* placeholder,
                  const std::string& description);
// An option that may be given several times, one value each.
Declared AddList(CLI::App& command, const char* name, std::vector<std::string>& values, const char* placeholder,
                 const std::string& description);
// An option with exactly `count` numbers, separated by commas.
Declared AddNumbers(CLI::App& command, const char* name, std::vector<double>& values, std::size_t count,
                    const char* placeholder, const std::string& description);
// Any number of arguments; Required() makes it one or more.
Declared AddWords(CLI::App& command, const char* name, std::vector<std::string>& words, const char* placeholder,
                  const std::string& description);
Declared AddFlag(CLI::App& command, const char* name, bool& value, const std::string& description);

}  // namespace derms::dermsctl
