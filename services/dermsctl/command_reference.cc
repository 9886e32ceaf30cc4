#include "services/dermsctl/command_reference.h"

#include <CLI/CLI.hpp>

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "services/dermsctl/exit_code.h"
#include "services/dermsctl/settings.h"

namespace derms::dermsctl {
namespace {

OptionDoc DescribeOption(const CLI::Option& option) {
  OptionDoc doc;
  doc.positional = option.get_positional();
  doc.placeholder = option.get_type_name();
  // Names of positionals are single words to CLI11; what stands for several says so in the placeholder.
  doc.names = doc.positional && !doc.placeholder.empty() ? doc.placeholder : option.get_name(doc.positional, true);
  doc.description = option.get_description();
  doc.environment = EnvironmentVariableOf(option);
  doc.required = option.get_required();
  return doc;
}

std::string Usage(const CommandDoc& command) {
  std::string usage = command.path;
  if (!command.commands.empty()) usage += " COMMAND";
  for (const OptionDoc& option : command.options) {
    if (!option.positional && option.required) absl::StrAppend(&usage, " ", option.names, " ", option.placeholder);
  }
  const bool optional_ones = std::any_of(command.options.begin(), command.options.end(),
                                         [](const OptionDoc& o) { return !o.positional && !o.required; });
  if (optional_ones) usage += " [OPTION]...";
  for (const OptionDoc& option : command.options) {
    if (option.positional) absl::StrAppend(&usage, " ", option.required ? option.names : "[" + option.names + "]");
  }
  return usage;
}

std::string Left(const OptionDoc& option) {
  return option.positional ? option.names
                           : absl::StrCat(option.names, option.placeholder.empty() ? "" : " ", option.placeholder);
}

std::string Right(const OptionDoc& option) {
  std::string text = option.description;
  if (option.required && !option.positional) text += " Required.";
  if (!option.environment.empty()) absl::StrAppend(&text, " [", option.environment, "]");
  return text;
}

// "  left   right" lines, the right parts aligned.
std::string TwoColumns(const std::vector<std::pair<std::string, std::string>>& lines) {
  std::size_t width = 0;
  for (const auto& [left, right] : lines) width = std::max(width, left.size());
  std::string text;
  for (const auto& [left, right] : lines) {
    absl::StrAppend(&text, "  ", left, std::string(width - left.size() + 2, ' '), right, "\n");
  }
  return text;
}

std::string OptionLines(const CommandDoc& command, bool positional) {
  std::vector<std::pair<std::string, std::string>> lines;
  for (const OptionDoc& option : command.options) {
    if (option.positional == positional) lines.emplace_back(Left(option), Right(option));
  }
  return TwoColumns(lines);
}

std::string CommandLines(const CommandDoc& command) {
  std::vector<std::pair<std::string, std::string>> lines;
  for (const CommandDoc& child : command.commands) lines.emplace_back(child.name, child.summary);
  return TwoColumns(lines);
}

void AppendSection(std::string* text, const char* title, const std::string& body) {
  if (!body.empty()) absl::StrAppend(text, "\n", title, ":\n", body);
}

void AppendMarkdown(const CommandDoc& command, std::string* text) {
  if (command.commands.empty()) {
    absl::StrAppend(text, "\n### ", command.path, "\n", command.summary, "\n\n```\n", Usage(command), "\n```\n");
    if (!command.options.empty()) {
      text->append("\n| option | meaning |\n| --- | --- |\n");
      for (const OptionDoc& option : command.options)
        absl::StrAppend(text, "| `", Left(option), "` | ", Right(option), " |\n");
    }
    if (!command.examples.empty()) {
      absl::StrAppend(text, "\nExample:\n```\n", absl::StrJoin(command.examples, "\n"), "\n```\n");
    }
  }
  for (const CommandDoc& child : command.commands) AppendMarkdown(child, text);
}

}  // namespace

CommandDoc Describe(const CLI::App& app, const std::string& parent_path) {
  CommandDoc doc;
  doc.name = app.get_name();
  doc.path = parent_path.empty() ? doc.name : absl::StrCat(parent_path, " ", doc.name);
  doc.summary = app.get_description();
  doc.examples = absl::StrSplit(app.get_footer(), '\n', absl::SkipEmpty());
  for (const CLI::Option* option : app.get_options()) {
    if (!option->get_group().empty() && option->get_name(false, true) != "-h,--help") {
      doc.options.push_back(DescribeOption(*option));
    }
  }
  for (const CLI::App* child : app.get_subcommands([](const CLI::App*) { return true; })) {
    doc.commands.push_back(Describe(*child, doc.path));
  }
  return doc;
}

namespace {

// Of a group: the first of each of its commands.
std::string ExampleLines(const CommandDoc& command) {
  std::string lines;
  for (const std::string& example : command.examples) absl::StrAppend(&lines, "  ", example, "\n");
  if (!lines.empty()) return lines;
  for (const CommandDoc& child : command.commands) {
    if (!child.examples.empty()) absl::StrAppend(&lines, "  ", child.examples.front(), "\n");
  }
  return lines;
}

}  // namespace

std::string HelpText(const CommandDoc& command, bool is_root) {
  std::string text = absl::StrCat(command.summary, "\n");
  AppendSection(&text, "Examples", ExampleLines(command));
  AppendSection(&text, "Usage", absl::StrCat("  ", Usage(command), "\n"));
  AppendSection(&text, "Commands", CommandLines(command));
  AppendSection(&text, "Arguments", OptionLines(command, true));
  AppendSection(&text, is_root ? "Options of every command" : "Options", OptionLines(command, false));
  if (is_root) {
    absl::StrAppend(&text, "\n", kExitCodesHelp, "\n");
  } else {
    text += "\nOptions of every command and exit codes: dermsctl --help\n";
  }
  return text;
}

std::string MarkdownReference(const CommandDoc& root) {
  std::string text = "## Options of every command\n\n| option | meaning |\n| --- | --- |\n";
  for (const OptionDoc& option : root.options)
    absl::StrAppend(&text, "| `", Left(option), "` | ", Right(option), " |\n");
  text += "\n## Commands\n";
  AppendMarkdown(root, &text);
  return text;
}

}  // namespace derms::dermsctl
