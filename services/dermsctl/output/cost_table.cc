#include "services/dermsctl/output/cost_table.h"

#include "services/dermsctl/output/text.h"

namespace derms::dermsctl {

void PrintCostTable(Session& session, std::span<const CostPart> parts, double total_usd) {
  Table table({{"cost"}, {"USD", Align::kRight}});
  for (const auto& [name, usd] : parts) {
    if (usd != 0) table.AddRow({name, FormatNumber(usd, 2)});
  }
  table.AddRow({"total", FormatNumber(total_usd, 2)});
  session.Print(table);
}

}  // namespace derms::dermsctl
