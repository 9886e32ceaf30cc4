#include "services/dermsctl/app.h"

#include <CLI/CLI.hpp>

#include "absl/strings/str_cat.h"
#include "services/dermsctl/command_reference.h"
#include "services/dermsctl/commands/commands.h"
#include "services/dermsctl/report.h"
#include "services/dermsctl/settings.h"
#include "services/dermsctl/suggestion.h"

namespace derms::dermsctl {
namespace {

constexpr char kSummary[] =
    "dermsctl runs a fleet of distributed energy resources: register it, bring it online, optimise it,\n"
    "take it over in an emergency. Data goes to standard output, messages to standard error.";

constexpr char kExamples[] =
    "dermsctl ders import fleet.csv --ca var/tls/ca.pem --token-file var/tokens/operator.jwt\n"
    "dermsctl status set --all ONLINE\n"
    "dermsctl optimize --day 2020-07-15 --utc-offset -08:00 --compare-without-storage\n"
    "dermsctl schedule show\n"
    "dermsctl emergency allocate ALL_DERS --power-kw 0 --minutes 5 --reason drill --expect 36 --exercise";

void AddGlobalOptions(CLI::App& app, GlobalOptions& options) {
  const auto value = [&app](const char* name, auto& variable, const char* placeholder, const char* text) {
    app.add_option(name, variable, text)->type_name(placeholder);
  };
  value("--registry", options.registry, "HOST:PORT", "Registry; default localhost:7001.");
  value("--optimizer", options.optimizer, "HOST:PORT", "Optimizer; default localhost:7002.");
  value("--emergency", options.emergency, "HOST:PORT", "Emergency service; default localhost:7003.");
  value("--ca", options.ca_file, "FILE", "CA certificate of the services, PEM; default the system's.");
  value("--token-file", options.token_file, "FILE", "File with the bearer token.");
  value("--timeout", options.timeout_seconds, "SECONDS", "Longest wait for an answer; default 10.");
  AddValue(app, "--utc-offset", options.utc_offset, "OFFSET",
           "Offset of local times, as -08:00: times are read and printed in it. Default: read with their zone, print "
           "in UTC.");
  app.add_flag("--json", options.json, "Print JSON: one object, or one a line for lists and streams.");
  app.add_flag("--no-color", options.no_color, "No colours; the variable NO_COLOR does the same.");
  app.add_flag("--quiet,-q", options.quiet, "No progress and no notes, only data, warnings and errors.");
}

// Help that was asked for goes to standard output, help for a bare group or a mistake to standard error.
const CLI::App& DeepestParsed(const CLI::App& root) {
  const CLI::App* app = &root;
  while (!app->get_subcommands().empty()) app = app->get_subcommands().front();
  return *app;
}

std::string ParentPath(const CLI::App& app) {
  std::string path;
  for (const CLI::App* parent = app.get_parent(); parent != nullptr; parent = parent->get_parent()) {
    path = path.empty() ? parent->get_name() : absl::StrCat(parent->get_name(), " ", path);
  }
  return path;
}

std::string HelpFor(const CLI::App& app) {
  return HelpText(Describe(app, ParentPath(app)), app.get_parent() == nullptr);
}

int ExplainParseError(const CLI::App& root, const CLI::ParseError& error, World& world) {
  const CLI::App& app = DeepestParsed(root);
  if (dynamic_cast<const CLI::CallForHelp*>(&error) != nullptr) {
    world.out << HelpFor(app);
    return static_cast<int>(ExitCode::kOk);
  }
  const std::vector<std::string> unknown = root.remaining(true);
  const bool bare_group = app.get_require_subcommand_min() > 0 && unknown.empty();
  if (bare_group) {
    world.err << HelpFor(app);
    return static_cast<int>(ExitCode::kUsage);
  }
  world.err << "dermsctl: "
            << (unknown.empty() ? std::string(error.what()) : DescribeUnknown(app, root, unknown.front()))
            << "\nSee: " << (app.get_parent() == nullptr ? "" : ParentPath(app) + " ") << app.get_name() << " --help\n";
  return static_cast<int>(ExitCode::kUsage);
}

int Finish(const absl::StatusOr<ExitCode>& result, bool json, World& world) {
  if (result.ok()) return static_cast<int>(*result);
  ReportError(result.status(), json, world.err);
  return static_cast<int>(ExitCodeOf(result.status()));
}

absl::StatusOr<ExitCode> Execute(const GlobalOptions& options, const Selected& selected, World& world) {
  ASSIGN_OR_RETURN(const std::unique_ptr<Session> session, Session::Create(options, world));
  return selected.action(*session);
}

}  // namespace

std::unique_ptr<CLI::App> BuildApp(GlobalOptions& options, Selected& selected) {
  auto app = std::make_unique<CLI::App>(kSummary, "dermsctl");
  app->footer(kExamples);
  app->fallthrough();  // options of every command may stand behind the command; inherited by all commands
  app->require_subcommand(1);
  AddGlobalOptions(*app, options);
  AddAllCommands(*app, selected);
  return app;
}

int Run(const std::vector<std::string>& arguments, World& world) {
  GlobalOptions options;
  Selected selected;
  const std::unique_ptr<CLI::App> app = BuildApp(options, selected);
  if (arguments == std::vector<std::string>{"--help-markdown"}) {  // not in the help: for docs/dermsctl.md
    world.out << MarkdownReference(Describe(*app));
    return static_cast<int>(ExitCode::kOk);
  }
  if (const absl::Status status = ApplySettings(*app, world.environment); !status.ok()) {
    return Finish(status, options.json, world);
  }
  try {  // CLI11 reports by exception; nothing else here throws
    app->parse(std::vector<std::string>(arguments.rbegin(), arguments.rend()));
  } catch (const CLI::ParseError& error) {
    return ExplainParseError(*app, error, world);
  }
  return Finish(Execute(options, selected, world), options.json, world);
}

}  // namespace derms::dermsctl
