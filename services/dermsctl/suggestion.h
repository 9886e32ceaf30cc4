// "Did you mean ...?"
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace derms::dermsctl {

// The candidate with the fewest edits (insertion, deletion, replacement, swap of neighbours) when they are few enough.
std::optional<std::string> Nearest(const std::string& word, const std::vector<std::string>& candidates);

// A sentence about a word of the command line that nothing took, with what may have been meant.
std::string DescribeUnknown(const CLI::App& command, const CLI::App& root, const std::string& word);

}  // namespace derms::dermsctl
