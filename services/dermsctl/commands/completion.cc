#include "services/dermsctl/completion.h"

#include "services/dermsctl/commands/commands.h"

namespace derms::dermsctl {
namespace {

using Script = std::string (*)(const CommandDoc&);

void AddShell(CLI::App& group, CLI::App& root, Selected& selected, const CommandText& text, Script script) {
  AddCommand(group, selected, text, [&root, script](Session& session) -> absl::StatusOr<ExitCode> {
    session.out() << script(Describe(root));
    return ExitCode::kOk;
  });
}

}  // namespace

void AddCompletionCommands(CLI::App& root, Selected& selected) {
  CLI::App& completion = AddGroup(root, "completion", "Completion for your shell.");
  AddShell(completion, root, selected, {"bash", "Prints the script for bash.", "source <(dermsctl completion bash)"},
           BashCompletion);
  AddShell(completion, root, selected, {"zsh", "Prints the script for zsh.", "source <(dermsctl completion zsh)"},
           ZshCompletion);
  AddShell(completion, root, selected, {"fish", "Prints the script for fish.", "dermsctl completion fish | source"},
           FishCompletion);
}

}  // namespace derms::dermsctl
