#include "services/dermsctl/suggestion.h"

#include <CLI/CLI.hpp>

#include <algorithm>

#include "absl/strings/str_cat.h"

namespace derms::dermsctl {
namespace {

// Optimal string alignment distance.
std::size_t Edits(const std::string& a, const std::string& b) {
  std::vector<std::vector<std::size_t>> d(a.size() + 1, std::vector<std::size_t>(b.size() + 1));
  for (std::size_t i = 0; i <= a.size(); ++i) d[i][0] = i;
  for (std::size_t j = 0; j <= b.size(); ++j) d[0][j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    for (std::size_t j = 1; j <= b.size(); ++j) {
      d[i][j] = std::min({d[i - 1][j] + 1, d[i][j - 1] + 1, d[i - 1][j - 1] + (a[i - 1] == b[j - 1] ? 0u : 1u)});
      const bool swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
      if (swapped) d[i][j] = std::min(d[i][j], d[i - 2][j - 2] + 1);
    }
  }
  return d[a.size()][b.size()];
}

std::vector<std::string> OptionNames(const CLI::App& command, const CLI::App& root) {
  std::vector<std::string> names;
  for (const CLI::App* app : {&command, &root}) {
    for (const CLI::Option* option : app->get_options()) {
      for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
    }
  }
  return names;
}

}  // namespace

std::optional<std::string> Nearest(const std::string& word, const std::vector<std::string>& candidates) {
  const std::size_t most = std::min<std::size_t>(3, 1 + word.size() / 4);
  std::optional<std::string> best;
  std::size_t best_edits = most + 1;
  for (const std::string& candidate : candidates) {
    if (const std::size_t edits = Edits(word, candidate); edits < best_edits) {
      best_edits = edits;
      best = candidate;
    }
  }
  return best;
}

std::string DescribeUnknown(const CLI::App& command, const CLI::App& root, const std::string& word) {
  const bool is_option = word.size() > 1 && word[0] == '-';
  const std::string name = is_option ? word.substr(0, word.find('=')) : word;
  std::vector<std::string> candidates;
  if (is_option) {
    candidates = OptionNames(command, root);
  } else {
    for (const CLI::App* child : command.get_subcommands([](const CLI::App*) { return true; })) {
      candidates.push_back(child->get_name());
    }
  }
  const char* what = is_option ? "option" : (candidates.empty() ? "argument" : "command");
  const auto nearest = Nearest(name, candidates);
  return absl::StrCat("unknown ", what, " '", name, "'", nearest ? "; did you mean '" + *nearest + "'?" : "");
}

}  // namespace derms::dermsctl
