// What there is to know about every command, read from the declarations: the source of --help, docs/dermsctl.md and
// the shell completions, so that none of them can fall behind.
#pragma once

#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace derms::dermsctl {

struct OptionDoc {
  std::string names;        // "--region,-r" or "DER"
  std::string placeholder;  // empty for a flag
  std::string description;
  std::string environment;  // variable that sets it, if any
  bool required = false;
  bool positional = false;
};

struct CommandDoc {
  std::string path;  // "dermsctl ders list"
  std::string name;
  std::string summary;
  std::vector<std::string> examples;
  std::vector<OptionDoc> options;
  std::vector<CommandDoc> commands;
};

CommandDoc Describe(const CLI::App& app, const std::string& parent_path = "");

// Examples first, then arguments, commands and options.
std::string HelpText(const CommandDoc& command, bool is_root);
// The whole reference; docs/dermsctl.md holds it below its introduction.
std::string MarkdownReference(const CommandDoc& root);

}  // namespace derms::dermsctl
