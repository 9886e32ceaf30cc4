#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "derms/v1/registry.grpc.pb.h"
#include "services/dermsctl/commands/commands.h"
#include "services/dermsctl/input/csv.h"
#include "services/dermsctl/output/text.h"
#include "services/dermsctl/report.h"

namespace derms::dermsctl {
namespace {

using Stub = v1::RegistryService::Stub;
using Result = absl::StatusOr<ExitCode>;

const std::vector<std::string> kColumns = {"region_id",        "region",
                                           "parent_region_id", "parent",
                                           "display_name",     "import_limit_kw",
                                           "export_limit_kw",  "load_series_id",
                                           "load_series",      "price_series",
                                           "carbon_series",    "import_price_series_id",
                                           "carbon_series_id", "export_price_series_id"};

struct ImportOptions {
  std::string file;
};

void DeclareImport(CLI::App& command, ImportOptions& options) {
  AddValue(command, "FILE", options.file, "",
           "CSV with region_id; optional parent_region_id, display_name, import_limit_kw, export_limit_kw, "
           "load_series_id, import_price_series_id, export_price_series_id, carbon_series_id.")
      .Required();
}

absl::StatusOr<v1::Region> ReadRegion(const CsvRow& row) {
  base::Violations violations;
  v1::Region region;
  region.set_region_id(row.Text({"region_id", "region"}).value_or(""));
  if (region.region_id().empty()) violations.Add("region_id", absl::StrCat("is missing (line ", row.line(), ")"));
  region.set_parent_region_id(row.Text({"parent_region_id", "parent"}).value_or(""));
  region.set_display_name(row.Text({"display_name"}).value_or(""));
  if (const auto limit_kw = row.Number({"import_limit_kw"}, violations)) region.set_import_limit_kw(*limit_kw);
  if (const auto limit_kw = row.Number({"export_limit_kw"}, violations)) region.set_export_limit_kw(*limit_kw);
  region.set_load_series_id(row.Text({"load_series_id", "load_series"}).value_or(""));
  region.set_import_price_series_id(row.Text({"import_price_series_id", "price_series"}).value_or(""));
  region.set_export_price_series_id(row.Text({"export_price_series_id"}).value_or(""));
  region.set_carbon_series_id(row.Text({"carbon_series_id", "carbon_series"}).value_or(""));
  RETURN_IF_ERROR(violations.ToStatus("INVALID_REGION"));
  return region;
}

absl::StatusOr<std::vector<v1::Region>> ReadRegions(Session& session, const std::string& path) {
  ASSIGN_OR_RETURN(const auto reader, CsvReader::Open(path));
  const auto unknown = reader->UnknownColumns(kColumns);
  if (!unknown.empty()) session.Warn(absl::StrCat("columns not used: ", absl::StrJoin(unknown, ", ")));
  std::vector<v1::Region> regions;
  while (true) {
    ASSIGN_OR_RETURN(const auto row, reader->Next());
    if (!row) return regions;
    ASSIGN_OR_RETURN(v1::Region region, ReadRegion(*row));
    regions.push_back(std::move(region));
  }
}

// A region must exist before its parts. What is left in a circle keeps its order; the registry names the circle.
void ParentsFirst(std::vector<v1::Region>& regions) {
  const auto waits = [](const v1::Region& region, auto begin, auto end) {
    return std::any_of(begin, end, [&](const v1::Region& r) { return r.region_id() == region.parent_region_id(); });
  };
  for (auto begin = regions.begin(); begin != regions.end(); ++begin) {
    const auto ready =
        std::find_if(begin, regions.end(), [&](const v1::Region& r) { return !waits(r, begin, regions.end()); });
    if (ready == regions.end()) return;
    std::rotate(begin, ready, ready + 1);
  }
}

Result Import(Session& session, const ImportOptions& options) {
  ASSIGN_OR_RETURN(std::vector<v1::Region> regions, ReadRegions(session, options.file));
  ParentsFirst(regions);
  BulkOutcome outcome("regions", "stored", "unchanged");
  const auto progress = session.NewProgress("regions");
  for (std::size_t i = 0; i < regions.size(); ++i) {
    v1::PutRegionRequest request;
    *request.mutable_region() = regions[i];
    const absl::Status status = session.Call(Process::kRegistry, &Stub::PutRegion, request).status();
    if (status.ok()) {
      outcome.Done();
    } else if (ExitCodeOf(status) == ExitCode::kUnavailable || ExitCodeOf(status) == ExitCode::kDenied) {
      return status;  // the next ones would fare no better
    } else {
      outcome.Rejected(regions[i].region_id(), status);
    }
    progress->Update(static_cast<double>(i + 1) / static_cast<double>(regions.size()), regions[i].region_id());
  }
  return outcome.Report(session);
}

std::string Limit(bool given, double limit_kw) {
  return given ? FormatNumber(limit_kw, 0) : "none";
}

Result List(Session& session) {
  Table table({{"region"},
               {"parent"},
               {"import limit kW", Align::kRight},
               {"export limit kW", Align::kRight},
               {"load"},
               {"price"},
               {"carbon"},
               {"name"}});
  RETURN_IF_ERROR((session.ForEachPage<Stub, v1::ListRegionsRequest, v1::ListRegionsResponse>(
      Process::kRegistry, &Stub::ListRegions, {}, [&](const v1::ListRegionsResponse& page) {
        for (const v1::Region& r : page.regions()) {
          if (session.json()) session.PrintJson(r);
          table.AddRow({r.region_id(), r.parent_region_id(), Limit(r.has_import_limit_kw(), r.import_limit_kw()),
                        Limit(r.has_export_limit_kw(), r.export_limit_kw()), r.load_series_id(),
                        r.import_price_series_id(), r.carbon_series_id(), r.display_name()});
        }
        return true;
      })));
  if (!session.json()) session.Print(table);
  return ExitCode::kOk;
}

}  // namespace

void AddRegionCommands(CLI::App& root, Selected& selected) {
  CLI::App& regions = AddGroup(root, "regions", "Parts of the grid, with limits and series.");
  AddCommand(regions, selected,
             {"import", "Creates or replaces the regions of a CSV file.", "dermsctl regions import regions.csv"},
             DeclareImport, Import);
  AddCommand(regions, selected, {"list", "Lists all regions.", "dermsctl regions list"}, List);
}

}  // namespace derms::dermsctl
