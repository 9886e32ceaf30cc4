#include "services/dermsctl/commands/commands.h"

namespace derms::dermsctl {

void AddVersionCommand(CLI::App& root, Selected& selected) {
  AddCommand(root, selected, {"version", "Prints the version.", "dermsctl version"},
             [](Session& session) -> absl::StatusOr<ExitCode> {
               session.out() << "dermsctl " << DERMS_VERSION << '\n';
               return ExitCode::kOk;
             });
}

}  // namespace derms::dermsctl
