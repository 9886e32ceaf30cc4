#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "derms/v1/compliance.grpc.pb.h"
#include "derms/v1/registry.grpc.pb.h"
#include "libs/gridcode/settings_csv.h"
#include "libs/wire/convert_grid.h"
#include "services/dermsctl/commands/commands.h"
#include "services/dermsctl/input/enum_words.h"
#include "services/dermsctl/input/grid_csv.h"
#include "services/dermsctl/output/text.h"

namespace derms::dermsctl {
namespace {

using Stub = v1::ComplianceService::Stub;
using Result = absl::StatusOr<ExitCode>;

template <typename Findings>
void WarnOf(Session& session, const Findings& findings) {
  for (const v1::GridFinding& f : findings) {
    session.Warn(
        absl::StrCat(f.rule(), " ", f.field(), " is ", f.observed(), "; must be ", f.limit(), ": ", f.remedy()));
  }
}

absl::StatusOr<GridSettingsFile> ReadSettings(Session& session, const std::string& path) {
  ASSIGN_OR_RETURN(GridSettingsFile file, ReadGridSettings(path));
  if (!file.unknown.empty()) session.Warn(absl::StrCat("names not used: ", absl::StrJoin(file.unknown, ", ")));
  return file;
}

struct EvaluateOptions {
  std::string samples, settings, profile, type;
  bool steady = false, off = false;
};

void DeclareEvaluate(CLI::App& command, EvaluateOptions& options) {
  AddValue(command, "SAMPLES", options.samples, "",
           "CSV with the columns time_s, v_pu, f_hz, available_kw, operating_kw; one row is a point.")
      .Required();
  AddValue(command, "--settings", options.settings, "FILE",
           "CSV of nameplate and settings: PARAMETER,VALUE rows as NP_P_MAX and QV_CURVE_V1-AS (docs/grid-code.md).")
      .Required();
  AddValue(command, "--profile", options.profile, "PROFILE", "Grid code; default IEEE1547-2018.");
  AddValue(command, "--type", options.type, "TYPE",
           absl::StrCat("One of ", Choices<v1::DerType>(), "; default an inverter-based one."));
  AddFlag(command, "--steady", options.steady, "Each row for itself, after all responses have settled.");
  AddFlag(command, "--off", options.off, "The DER is off before the first row.");
}

absl::StatusOr<v1::EvaluateGridSupportRequest> ToRequest(Session& session, const EvaluateOptions& options) {
  v1::EvaluateGridSupportRequest request;
  ASSIGN_OR_RETURN(const GridSettingsFile file, ReadSettings(session, options.settings));
  if (file.nameplate) *request.mutable_nameplate() = *file.nameplate;
  *request.mutable_settings() = file.settings;
  ASSIGN_OR_RETURN(const auto reader, CsvReader::Open(options.samples));
  ASSIGN_OR_RETURN(const auto samples, ReadGridSamples(*reader));
  request.mutable_samples()->Assign(samples.begin(), samples.end());
  request.set_profile_id(options.profile);
  request.set_steady_state(options.steady);
  request.set_starts_off(options.off);
  if (!options.type.empty()) {
    ASSIGN_OR_RETURN(const v1::DerType type, ParseWord<v1::DerType>(options.type));
    request.set_der_type(type);
  }
  return request;
}

Result Evaluate(Session& session, const EvaluateOptions& options) {
  ASSIGN_OR_RETURN(const v1::EvaluateGridSupportRequest request, ToRequest(session, options));
  ASSIGN_OR_RETURN(const auto answer, session.Call(Process::kRegistry, &Stub::EvaluateGridSupport, request));
  WarnOf(session, answer.findings());
  Table table({{"time s", Align::kRight},
               {"P kW", Align::kRight},
               {"Q kvar", Align::kRight},
               {"operation"},
               {"may trip"},
               {"cause"},
               {"tripped by"}});
  for (const v1::GridSupport& a : answer.answers()) {
    if (session.json()) session.PrintJson(a);
    table.AddRow(
        {FormatNumber(a.time_s(), 3), FormatNumber(a.p_kw(), 3), FormatNumber(a.q_kvar(), 3), Word(a.operation()),
         a.may_trip() ? "yes" : "no", Word(a.power_cause()),
         a.has_tripped_at_s() ? absl::StrCat(a.tripped_by(), "@", FormatNumber(a.tripped_at_s(), 3), "s") : ""});
  }
  if (!session.json()) session.Print(table);
  return ExitCode::kOk;
}

struct ImportOptions {
  std::string der_id, file, profile;
  bool dry_run = false;
};

void DeclareImport(CLI::App& command, ImportOptions& options) {
  AddValue(command, "DER", options.der_id, "", "Id of the DER.").Required();
  AddValue(command, "FILE", options.file, "", "CSV of nameplate, settings or both (docs/grid-code.md).").Required();
  AddValue(command, "--profile", options.profile, "PROFILE",
           "Grid code; default the one before, at first IEEE1547-2018.");
  AddFlag(command, "--dry-run", options.dry_run, "Check only, store nothing.");
}

void Tell(Session& session, const v1::GridRecord& record, bool dry_run) {
  if (session.json()) return session.PrintJson(record);
  session.out() << (dry_run ? "would be " : "") << record.der_id() << ", nameplate revision "
                << record.nameplate_revision() << ", settings revision " << record.settings_revision() << ", "
                << record.profile_id() << '\n';
}

// Before a nameplate of the file is stored, its settings can only be judged beside it.
absl::Status CheckTogether(Session& session, const ImportOptions& options, const GridSettingsFile& file) {
  v1::GetDerRequest about;
  about.set_der_id(options.der_id);
  ASSIGN_OR_RETURN(const auto der, session.Call(Process::kRegistry, &v1::RegistryService::Stub::GetDer, about));
  v1::EvaluateGridSupportRequest request;
  *request.mutable_nameplate() = *file.nameplate;
  *request.mutable_settings() = file.settings;
  request.set_profile_id(options.profile);
  request.set_der_type(der.der().type());
  request.add_samples();
  return session.Call(Process::kRegistry, &Stub::EvaluateGridSupport, request).status();
}

absl::StatusOr<v1::GridRecord> PutNameplate(Session& session, const ImportOptions& options,
                                            const v1::GridNameplate& nameplate) {
  v1::PutNameplateRequest request;
  request.set_der_id(options.der_id);
  *request.mutable_nameplate() = nameplate;
  request.set_profile_id(options.profile);
  request.set_validate_only(options.dry_run);
  ASSIGN_OR_RETURN(const auto answer, session.Call(Process::kRegistry, &Stub::PutNameplate, request));
  WarnOf(session, answer.findings());
  return answer.record();
}

absl::StatusOr<v1::GridRecord> PutSettings(Session& session, const ImportOptions& options,
                                           const v1::GridSettings& settings) {
  v1::PutSettingsRequest request;
  request.set_der_id(options.der_id);
  *request.mutable_settings() = settings;
  request.set_profile_id(options.profile);
  request.set_validate_only(options.dry_run);
  ASSIGN_OR_RETURN(const auto answer, session.Call(Process::kRegistry, &Stub::PutSettings, request));
  WarnOf(session, answer.findings());
  return answer.record();
}

Result Import(Session& session, const ImportOptions& options) {
  ASSIGN_OR_RETURN(const GridSettingsFile file, ReadSettings(session, options.file));
  if (!file.nameplate && !file.has_settings) {
    return base::InvalidArgument("INVALID_CSV", absl::StrCat(options.file, " has neither nameplate nor settings"));
  }
  v1::GridRecord record;
  if (file.nameplate) {
    if (file.has_settings) RETURN_IF_ERROR(CheckTogether(session, options, file));
    ASSIGN_OR_RETURN(record, PutNameplate(session, options, *file.nameplate));
  }
  if (file.has_settings && !(options.dry_run && file.nameplate)) {
    ASSIGN_OR_RETURN(record, PutSettings(session, options, file.settings));
  }
  Tell(session, record, options.dry_run);
  return ExitCode::kOk;
}

struct ExportOptions {
  std::string der_id;
};

void DeclareExport(CLI::App& command, ExportOptions& options) {
  AddValue(command, "DER", options.der_id, "", "Id of the DER.").Required();
}

Result Export(Session& session, const ExportOptions& options) {
  v1::GetGridSettingsRequest request;
  request.set_der_id(options.der_id);
  ASSIGN_OR_RETURN(const auto answer, session.Call(Process::kRegistry, &Stub::GetGridSettings, request));
  WarnOf(session, answer.findings());
  if (session.json()) {
    session.PrintJson(answer.record());
    return ExitCode::kOk;
  }
  const gridcode::Nameplate nameplate = wire::FromProto(answer.record().nameplate());
  const gridcode::Settings settings = gridcode::WithGiven({}, wire::FromProto(answer.record().settings()));
  session.out() << gridcode::WriteSettingsCsv(&nameplate, &settings);
  return ExitCode::kOk;
}

}  // namespace

void AddGridCommands(CLI::App& root, Selected& selected) {
  CLI::App& grid = AddGroup(root, "grid", "Grid support after a grid code: nameplates, settings and what they give.");
  AddCommand(grid, selected,
             {"evaluate", "Power and state for voltages and frequencies; nothing is read or stored.",
              "dermsctl grid evaluate samples.csv --settings der.csv\n"
              "dermsctl grid evaluate point.csv --settings der.csv --steady --json"},
             DeclareEvaluate, Evaluate);
  AddCommand(grid, selected,
             {"import", "Gives a DER nameplate and settings from a settings file.",
              "dermsctl grid import SOLAR-01 solar-01.csv --dry-run\n"
              "dermsctl grid import SOLAR-01 solar-01.csv"},
             DeclareImport, Import);
  AddCommand(grid, selected,
             {"export", "Prints nameplate and settings of a DER as a settings file.",
              "dermsctl grid export SOLAR-01 > solar-01.csv"},
             DeclareExport, Export);
}

}  // namespace derms::dermsctl
