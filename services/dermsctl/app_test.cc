// The command line without a service: help, mistakes, configuration, completions, documentation.
#include "services/dermsctl/app.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <CLI/CLI.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "libs/client/testing/tls_server.h"
#include "services/dermsctl/command_reference.h"
#include "services/dermsctl/completion.h"
#include "services/dermsctl/report.h"
#include "services/dermsctl/suggestion.h"
#include "services/dermsctl/testing/run_dermsctl.h"

namespace derms::dermsctl {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using testing::RunDermsctl;
using ::testing::StartsWith;

CommandDoc Reference() {
  GlobalOptions options;
  Selected selected;
  return Describe(*BuildApp(options, selected));
}

void ForEachCommand(const CommandDoc& command, const std::function<void(const CommandDoc&)>& visit) {
  visit(command);
  for (const CommandDoc& child : command.commands) ForEachCommand(child, visit);
}

std::vector<std::string> WordsOf(const CommandDoc& command) {
  std::istringstream path(command.path);
  std::vector<std::string> words{std::istream_iterator<std::string>(path), {}};
  words.erase(words.begin());
  return words;
}

TEST(Help, EveryCommandHasASummaryAndAnExampleOfItself) {
  int commands = 0;
  ForEachCommand(Reference(), [&](const CommandDoc& command) {
    EXPECT_FALSE(command.summary.empty()) << command.path;
    if (!command.commands.empty()) return;
    ++commands;
    ASSERT_FALSE(command.examples.empty()) << command.path;
    for (const std::string& example : command.examples) EXPECT_THAT(example, HasSubstr(command.path));
    std::vector<std::string> words = WordsOf(command);
    words.emplace_back("--help");
    const auto help = RunDermsctl(words);
    EXPECT_EQ(help.exit_code, 0);
    EXPECT_THAT(help.out, HasSubstr("Examples:\n  " + command.examples.front()));
    EXPECT_EQ(help.err, "");
  });
  EXPECT_GE(commands, 37);
}

TEST(Help, AGroupShowsAnExampleOfEachOfItsCommands) {
  const auto help = RunDermsctl({"forecast", "--help"});
  EXPECT_THAT(help.out, HasSubstr("Examples:\n  dermsctl forecast availability "));
  EXPECT_THAT(help.out, HasSubstr("\n  dermsctl forecast backtest "));
  EXPECT_THAT(help.out, Not(HasSubstr("dermsctl schedule show")));
}

TEST(Help, EveryExampleParses) {
  ForEachCommand(Reference(), [&](const CommandDoc& command) {
    for (const std::string& example : command.examples) {
      if (example.rfind("dermsctl ", 0) != 0 || example.find('|') != std::string::npos) continue;
      GlobalOptions options;
      Selected selected;
      const auto app = BuildApp(options, selected);
      std::string line = example.substr(0, example.find(" > "));
      EXPECT_NO_THROW(app->parse(line, true)) << example;
      EXPECT_TRUE(selected.action) << example;
    }
  });
}

TEST(Help, TheRootTellsOptionsAndExitCodes) {
  const auto help = RunDermsctl({"--help"});
  for (const char* text : {"emergency", "--token-file FILE", "[DERMS_TOKEN_FILE]", "7 partly done"}) {
    EXPECT_THAT(help.out, HasSubstr(text));
  }
}

TEST(Help, ABareGroupShowsItsCommandsAsAMistake) {
  for (const std::vector<std::string>& words : {std::vector<std::string>{}, {"ders"}}) {
    const auto bare = RunDermsctl(words);
    EXPECT_EQ(bare.exit_code, 2);
    EXPECT_EQ(bare.out, "");
    EXPECT_THAT(bare.err, HasSubstr("Commands:"));
  }
}

TEST(Mistakes, AreAnsweredWithWhatMayHaveBeenMeant) {
  const auto command = RunDermsctl({"emergancy", "list"});
  EXPECT_EQ(command.exit_code, 2);
  EXPECT_THAT(command.err, StartsWith("dermsctl: unknown command 'emergancy'; did you mean 'emergency'?\n"));
  EXPECT_THAT(RunDermsctl({"ders", "lsit"}).err, HasSubstr("unknown command 'lsit'; did you mean 'list'?"));
  EXPECT_THAT(RunDermsctl({"ders", "list", "--regoin=X"}).err, HasSubstr("'--regoin'; did you mean '--region'?"));
  EXPECT_THAT(RunDermsctl({"frobnicate"}).err, Not(HasSubstr("did you mean")));
  EXPECT_THAT(RunDermsctl({"ders", "get"}).err, HasSubstr("See: dermsctl ders get --help"));
}

TEST(Mistakes, InValuesEndWithUsage) {
  EXPECT_EQ(RunDermsctl({"stats", "--timeout", "0"}).exit_code, 2);
  EXPECT_EQ(RunDermsctl({"stats", "--timeout", "soon"}).exit_code, 2);
  EXPECT_EQ(RunDermsctl({"stats", "--utc-offset", "PST"}).exit_code, 2);
  EXPECT_EQ(RunDermsctl({"ders", "list", "--box", "1,2,3"}).exit_code, 2);
  EXPECT_THAT(RunDermsctl({"series", "import", "x.csv"}).err, HasSubstr("UTC_OFFSET_MISSING"));
  EXPECT_THAT(RunDermsctl({"optimize", "--day", "2020-07-15"}).err, HasSubstr("UTC_OFFSET_MISSING"));
  EXPECT_THAT(RunDermsctl({"status", "set", "online"}).err, HasSubstr("SCOPE_MISSING"));
  EXPECT_THAT(RunDermsctl({"ders", "list", "--type", "nuclear"}).err, HasSubstr("none of solar, wind"));
}

TEST(Suggestion, CountsEditsAndKeepsQuietWhenFarOff) {
  EXPECT_EQ(Nearest("sttas", {"stats", "status"}), "stats");
  EXPECT_EQ(Nearest("xyz", {"stats", "status"}), std::nullopt);
}

TEST(Settings, OptionsWinOverEnvironmentOverFile) {
  const std::string folder = ::testing::TempDir() + "/derms_xdg";
  std::filesystem::create_directories(folder);
  const auto write = [&](const std::string& text) { std::ofstream(folder + "/dermsctl.toml") << text; };
  const auto address_used = [&](std::map<std::string, std::string> environment, std::vector<std::string> more) {
    environment["XDG_CONFIG_HOME"] = folder;
    std::vector<std::string> words = {"stats", "--timeout", "0.5"};
    words.insert(words.end(), more.begin(), more.end());
    return RunDermsctl(words, {.environment = environment}).err;
  };
  write("registry = \"localhost:1\"\n");
  EXPECT_THAT(address_used({}, {}), HasSubstr("localhost:1:"));
  EXPECT_THAT(address_used({{"DERMS_REGISTRY", "localhost:2"}}, {}), HasSubstr("localhost:2:"));
  EXPECT_THAT(address_used({{"DERMS_REGISTRY", "localhost:2"}}, {"--registry", "localhost:3"}),
              HasSubstr("localhost:3:"));

  EXPECT_THAT(address_used({{"DERMS_TIMEOUT", "soon"}}, {}), HasSubstr("INVALID_ENVIRONMENT"));
  write("registry = \"localhost:1\"\njson = true\n");
  EXPECT_THAT(address_used({}, {}), StartsWith("{\"error\":"));

  for (const char* bad : {"yes = true\n", "registri = \"x\"\n", "[emergency.allocate]\nyes = true\n"}) {
    write(bad);
    EXPECT_THAT(address_used({}, {}), HasSubstr("INVALID_CONFIG_FILE")) << bad;
  }
  std::filesystem::remove_all(folder);
}

TEST(Errors, TellReasonSentenceAndEveryField) {
  base::Violations violations;
  violations.Add("capacity_kw", "must be above 0");
  violations.Add("region_id", "is required");
  std::ostringstream text;
  ReportError(violations.ToStatus("INVALID_CAPACITY"), false, text);
  EXPECT_EQ(text.str(),
            "dermsctl: INVALID_CAPACITY: capacity_kw: must be above 0 (and 1 more)\n"
            "  capacity_kw: must be above 0\n"
            "  region_id: is required\n");
  std::ostringstream json;
  ReportError(base::NotFound("DER_NOT_FOUND", "there is no DER \"X\xff\""), true, json);
  EXPECT_EQ(json.str(),
            "{\"error\":{\"code\":\"NOT_FOUND\",\"reason\":\"DER_NOT_FOUND\",\"message\":\"there is no DER "
            "\\\"X\xEF\xBF\xBD\\\"\","
            "\"fieldViolations\":[],\"metadata\":{}}}\n");
}

TEST(ExitCodes, SeparateWhatAScriptWouldTreatDifferently) {
  EXPECT_EQ(ExitCodeOf(base::InvalidArgument("A", "b")), ExitCode::kUsage);
  EXPECT_EQ(ExitCodeOf(base::Unauthenticated("A", "b")), ExitCode::kDenied);
  EXPECT_EQ(ExitCodeOf(base::PermissionDenied("A", "b")), ExitCode::kDenied);
  EXPECT_EQ(ExitCodeOf(base::NotFound("A", "b")), ExitCode::kNotFound);
  EXPECT_EQ(ExitCodeOf(base::FailedPrecondition("A", "b")), ExitCode::kConflict);
  EXPECT_EQ(ExitCodeOf(base::Aborted("A", "b")), ExitCode::kConflict);
  EXPECT_EQ(ExitCodeOf(base::Unavailable("A", "b")), ExitCode::kUnavailable);
  EXPECT_EQ(ExitCodeOf(base::Internal("A", "b")), ExitCode::kFailure);
}

TEST(Completion, MentionsEveryCommandAndOption) {
  const CommandDoc root = Reference();
  const std::string scripts[] = {BashCompletion(root), ZshCompletion(root), FishCompletion(root)};
  ForEachCommand(root, [&](const CommandDoc& command) {
    if (command.path == "dermsctl") return;
    EXPECT_THAT(scripts[0], HasSubstr("\"" + command.path + "\")"));
    EXPECT_THAT(scripts[1], HasSubstr("\"" + command.path + "\")"));
    EXPECT_THAT(scripts[2], HasSubstr(" -a " + command.name + " -d '"));
  });
}

// Runs the script in a real bash, as the tab key would.
std::string Complete(const std::string& words_before, const std::string& current) {
  const std::string script = client::testing::WriteTemporaryFile("complete.bash", BashCompletion(Reference()));
  const std::string command = "bash --norc -c '. " + script + "; COMP_WORDS=(dermsctl " + words_before + " \"" +
                              current + "\"); COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); _dermsctl; echo ${COMPREPLY[*]}'";
  std::string out;
  FILE* pipe = popen(command.c_str(), "r");
  for (int c = 0; (c = fgetc(pipe)) != EOF;) out.push_back(static_cast<char>(c));
  pclose(pipe);
  return out;
}

TEST(Completion, WorksInBash) {
  EXPECT_EQ(Complete("", "em"), "emergency\n");
  EXPECT_EQ(Complete("emergency", "re"), "release\n");
  EXPECT_EQ(Complete("--json ders list", "--re"), "--region --registry\n");
  EXPECT_EQ(Complete("emergency allocate SOLAR-01", "--mi"), "--minutes\n");
}

TEST(Documentation, HoldsTheGeneratedReference) {
  std::ifstream file("docs/dermsctl.md");
  std::stringstream text;
  text << file.rdbuf();
  const std::string marker = "<!-- From here on: dermsctl --help-markdown -->\n";
  const std::size_t place = text.str().find(marker);
  ASSERT_NE(place, std::string::npos);
  EXPECT_EQ(text.str().substr(place + marker.size()), RunDermsctl({"--help-markdown"}).out)
      << "run: dermsctl --help-markdown, and put it below the marker of docs/dermsctl.md";
}

}  // namespace
}  // namespace derms::dermsctl
