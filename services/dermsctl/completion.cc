#include "services/dermsctl/completion.h"

#include <functional>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"

namespace derms::dermsctl {
namespace {

void ForEachCommand(const CommandDoc& command, const std::function<void(const CommandDoc&)>& visit) {
  visit(command);
  for (const CommandDoc& child : command.commands) ForEachCommand(child, visit);
}

// "--region" and "-r" of "--region,-r"; nothing for an argument.
std::vector<std::string> Flags(const OptionDoc& option) {
  if (option.positional) return {};
  return absl::StrSplit(option.names, ',');
}

// What may follow the command: its commands and options, and those of every command.
std::string WordsAfter(const CommandDoc& command, const CommandDoc& root) {
  std::vector<std::string> words;
  for (const CommandDoc& child : command.commands) words.push_back(child.name);
  for (const CommandDoc* owner : {&command, &root}) {
    for (const OptionDoc& option : owner->options) {
      for (std::string& flag : Flags(option)) words.push_back(std::move(flag));
    }
    if (&command == &root) break;
  }
  words.push_back("--help");
  return absl::StrJoin(words, " ");
}

std::string Quoted(const std::string& text) {  // for fish: single quotes
  return absl::StrCat("'", absl::StrReplaceAll(text, {{"\\", "\\\\"}, {"'", "\\'"}}), "'");
}

std::string PathBelowRoot(const CommandDoc& command) {
  const std::size_t blank = command.path.find(' ');
  return blank == std::string::npos ? "" : command.path.substr(blank + 1);
}

}  // namespace

// Finds the command that the words before the cursor name, then offers what may follow; else file names.
std::string BashCompletion(const CommandDoc& root) {
  std::vector<std::string> paths;
  std::string cases;
  ForEachCommand(root, [&](const CommandDoc& command) {
    if (&command != &root) paths.push_back(absl::StrCat("\"", command.path, "\""));
    absl::StrAppend(&cases, "    \"", command.path, "\") words=\"", WordsAfter(command, root), "\" ;;\n");
  });
  return absl::StrCat(
      "# bash completion for dermsctl: source <(dermsctl completion bash)\n"
      "_dermsctl() {\n"
      "  local current=\"${COMP_WORDS[COMP_CWORD]}\" path=dermsctl words=\"\" i\n"
      "  for ((i = 1; i < COMP_CWORD; i++)); do\n"
      "    case \"$path ${COMP_WORDS[i]}\" in\n"
      "    ",
      absl::StrJoin(paths, " | \\\n      "),
      ")\n"
      "      path=\"$path ${COMP_WORDS[i]}\" ;;\n"
      "    esac\n"
      "  done\n"
      "  case \"$path\" in\n",
      cases,
      "  esac\n"
      "  COMPREPLY=($(compgen -W \"$words\" -- \"$current\"))\n"
      "}\n"
      "complete -o default -F _dermsctl dermsctl\n");
}

std::string ZshCompletion(const CommandDoc& root) {
  return absl::StrCat(
      "# zsh completion for dermsctl: source <(dermsctl completion zsh)\n"
      "autoload -U +X compinit && compinit\n"
      "autoload -U +X bashcompinit && bashcompinit\n",
      BashCompletion(root));
}

std::string FishCompletion(const CommandDoc& root) {
  std::string text =
      "# fish completion for dermsctl: dermsctl completion fish | source\n"
      "function __dermsctl_at\n"
      "  set -l path\n"
      "  for word in (commandline -opc)[2..-1]\n"
      "    string match -q -- '-*' $word; or set path $path $word\n"
      "  end\n"
      "  test \"$path\" = \"$argv\"; or string match -q -- \"$argv *\" \"$path\"\n"
      "end\n"
      "function __dermsctl_group\n"
      "  set -l path\n"
      "  for word in (commandline -opc)[2..-1]\n"
      "    string match -q -- '-*' $word; or set path $path $word\n"
      "  end\n"
      "  test \"$path\" = \"$argv\"\n"
      "end\n";
  ForEachCommand(root, [&](const CommandDoc& command) {
    const std::string path = PathBelowRoot(command);
    for (const CommandDoc& child : command.commands) {
      absl::StrAppend(&text, "complete -c dermsctl -f -n ", Quoted("__dermsctl_group " + path), " -a ", child.name,
                      " -d ", Quoted(child.summary), "\n");
    }
    const std::string condition = path.empty() ? "" : absl::StrCat(" -n ", Quoted("__dermsctl_at " + path));
    for (const OptionDoc& option : command.options) {
      for (const std::string& flag : Flags(option)) {
        const bool is_long = flag.compare(0, 2, "--") == 0;
        absl::StrAppend(&text, "complete -c dermsctl", condition, is_long ? " -l " : " -s ",
                        flag.substr(is_long ? 2 : 1), option.placeholder.empty() ? "" : " -r", " -d ",
                        Quoted(option.description), "\n");
      }
    }
  });
  return text;
}

}  // namespace derms::dermsctl
