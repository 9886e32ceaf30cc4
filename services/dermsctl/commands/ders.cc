#include "absl/strings/str_cat.h"
#include "derms/v1/registry.grpc.pb.h"
#include "services/dermsctl/commands/commands.h"
#include "services/dermsctl/input/enum_words.h"
#include "services/dermsctl/output/text.h"

namespace derms::dermsctl {
namespace {

using Stub = v1::RegistryService::Stub;
using Result = absl::StatusOr<ExitCode>;

struct ListOptions {
  std::string owner;
  std::string region;
  std::vector<std::string> types;
  std::vector<std::string> statuses;
  std::vector<double> box;
  bool include_retired = false;
  std::int64_t limit = 0;
};

void DeclareList(CLI::App& command, ListOptions& options) {
  AddValue(command, "--owner", options.owner, "SUBJECT", "Only this owner's.");
  AddValue(command, "--region", options.region, "REGION", "Only in this region or its parts.");
  AddList(command, "--type", options.types, "TYPE", Choices<v1::DerType>() + ".");
  AddList(command, "--status", options.statuses, "STATUS", Choices<v1::DerStatus>() + ".");
  AddNumbers(command, "--box", options.box, 4, "DEGREES", "Only within SOUTH,WEST,NORTH,EAST.");
  AddFlag(command, "--include-retired", options.include_retired, "Retired ones too.");
  AddValue(command, "--limit", options.limit, "N", "Stop after N; 0, the default, lists all.");
}

absl::StatusOr<v1::ListDersRequest> ToRequest(const ListOptions& options) {
  v1::ListDersRequest request;
  request.set_owner_id(options.owner);
  request.set_region_id(options.region);
  for (const std::string& word : options.types) {
    ASSIGN_OR_RETURN(const v1::DerType type, ParseWord<v1::DerType>(word));
    request.add_types(type);
  }
  for (const std::string& word : options.statuses) {
    ASSIGN_OR_RETURN(const v1::DerStatus status, ParseWord<v1::DerStatus>(word));
    request.add_statuses(status);
  }
  if (options.box.size() == 4) {
    request.mutable_bounding_box()->set_south_deg(options.box[0]);
    request.mutable_bounding_box()->set_west_deg(options.box[1]);
    request.mutable_bounding_box()->set_north_deg(options.box[2]);
    request.mutable_bounding_box()->set_east_deg(options.box[3]);
  }
  request.set_include_retired(options.include_retired);
  return request;
}

std::string Measured(const v1::Der& der) {
  return der.latest_reading().has_power_kw() ? FormatNumber(der.latest_reading().power_kw(), 1) : "";
}

Table DerTable() {
  return Table({{"der"},
                {"type"},
                {"capacity kW", Align::kRight},
                {"region"},
                {"status"},
                {"measured kW", Align::kRight},
                {"owner"}});
}

void AddDer(Table& table, const v1::Der& der) {
  const std::string status = der.lifecycle() == v1::LIFECYCLE_RETIRED ? "RETIRED" : Word(der.status());
  table.AddRow({der.der_id(), Word(der.type()), FormatNumber(der.capacity_kw(), 1), der.region_id(), status,
                Measured(der), der.owner_id()});
}

Result List(Session& session, const ListOptions& options) {
  ASSIGN_OR_RETURN(const v1::ListDersRequest request, ToRequest(options));
  Table table = DerTable();
  std::int64_t count = 0;
  double capacity_kw = 0;
  const auto within_limit = [&] { return options.limit <= 0 || count < options.limit; };
  RETURN_IF_ERROR((session.ForEachPage<Stub, v1::ListDersRequest, v1::ListDersResponse>(
      Process::kRegistry, &Stub::ListDers, request, [&](const v1::ListDersResponse& page) {
        for (const v1::Der& der : page.ders()) {
          if (!within_limit()) return false;
          ++count;
          capacity_kw += der.capacity_kw();
          if (session.json()) {
            session.PrintJson(der);
          } else {
            AddDer(table, der);
          }
        }
        return within_limit();
      })));
  if (!session.json()) session.Print(table);
  session.Note(absl::StrCat(FormatCount(count), " DERs, ", FormatNumber(capacity_kw, 1), " kW"));
  return ExitCode::kOk;
}

struct DerOptions {
  std::string der_id;
  std::string new_owner;
  std::string gateway;
};

void DeclareDer(CLI::App& command, DerOptions& options) {
  AddValue(command, "DER", options.der_id, "", "Id of the DER.").Required();
}

void PrintParameters(Session& session, const v1::DerParameters& parameters) {
  const auto* reflection = parameters.GetReflection();
  std::vector<const google::protobuf::FieldDescriptor*> given;
  reflection->ListFields(parameters, &given);
  for (const auto* field : given) {
    session.out() << "  " << field->name() << "  ";
    if (field->cpp_type() == google::protobuf::FieldDescriptor::CPPTYPE_STRING) {
      session.out() << Printable(reflection->GetString(parameters, field)) << '\n';
    } else if (field->cpp_type() == google::protobuf::FieldDescriptor::CPPTYPE_ENUM) {
      session.out() << EnumWord(*field->enum_type(), reflection->GetEnumValue(parameters, field)) << '\n';
    } else if (field->cpp_type() == google::protobuf::FieldDescriptor::CPPTYPE_MESSAGE) {
      session.out() << Printable(reflection->GetMessage(parameters, field).ShortDebugString()) << '\n';
    } else {
      session.out() << absl::StrCat(reflection->GetDouble(parameters, field)) << '\n';
    }
  }
}

void PrintDer(Session& session, const v1::Der& der) {
  if (session.json()) return session.PrintJson(der);
  Table table = DerTable();
  AddDer(table, der);
  session.Print(table);
  session.out() << "place       " << der.location().latitude_deg() << ", " << der.location().longitude_deg() << '\n'
                << "set status  " << Word(der.stored_status()) << '\n'
                << "registered  " << session.Time(der.registered_at()) << '\n'
                << "updated     " << session.Time(der.updated_at()) << "  (revision " << der.revision() << ")\n";
  if (!der.gateway_id().empty()) session.out() << "gateway     " << Printable(der.gateway_id()) << '\n';
  if (der.has_latest_reading()) {
    session.out() << "reading     " << session.Time(der.latest_reading().measured_at()) << "  "
                  << Word(der.latest_reading().quality()) << '\n';
  }
  session.out() << "parameters\n";
  PrintParameters(session, der.parameters());
}

Result Get(Session& session, const DerOptions& options) {
  v1::GetDerRequest request;
  request.set_der_id(options.der_id);
  ASSIGN_OR_RETURN(const auto answer, session.Call(Process::kRegistry, &Stub::GetDer, request));
  PrintDer(session, answer.der());
  return ExitCode::kOk;
}

Result Retire(Session& session, const DerOptions& options) {
  v1::RetireDerRequest request;
  request.set_der_id(options.der_id);
  ASSIGN_OR_RETURN(const auto answer, session.Call(Process::kRegistry, &Stub::RetireDer, request));
  PrintDer(session, answer.der());
  return ExitCode::kOk;
}

void DeclareTransfer(CLI::App& command, DerOptions& options) {
  DeclareDer(command, options);
  AddValue(command, "OWNER", options.new_owner, "", "Subject of the new owner.").Required();
}

Result Transfer(Session& session, const DerOptions& options) {
  v1::TransferDerRequest request;
  request.set_der_id(options.der_id);
  request.set_new_owner_id(options.new_owner);
  ASSIGN_OR_RETURN(const auto answer, session.Call(Process::kRegistry, &Stub::TransferDer, request));
  PrintDer(session, answer.der());
  return ExitCode::kOk;
}

void DeclareDelegate(CLI::App& command, DerOptions& options) {
  DeclareDer(command, options);
  AddValue(command, "GATEWAY", options.gateway, "", "Subject of the gateway; none takes the DER back.");
}

Result Delegate(Session& session, const DerOptions& options) {
  v1::DelegateGatewayRequest request;
  request.set_der_id(options.der_id);
  request.set_gateway_id(options.gateway);
  ASSIGN_OR_RETURN(const auto answer, session.Call(Process::kRegistry, &Stub::DelegateGateway, request));
  PrintDer(session, answer.der());
  return ExitCode::kOk;
}

}  // namespace

CLI::App& AddDerCommands(CLI::App& root, Selected& selected) {
  CLI::App& ders = AddGroup(root, "ders", "Distributed energy resources.");
  AddCommand(ders, selected,
             {"list", "Lists DERs.",
              "dermsctl ders list --region NORTH --type battery --status online\n"
              "dermsctl ders list --box 33.5,-119,34.5,-117 --json"},
             DeclareList, List);
  AddCommand(ders, selected, {"get", "Shows one DER.", "dermsctl ders get SOLAR-01"}, DeclareDer, Get);
  AddCommand(ders, selected, {"retire", "Takes an OFFLINE DER out for good.", "dermsctl ders retire SOLAR-01"},
             DeclareDer, Retire);
  AddCommand(ders, selected, {"transfer", "Gives a DER to another owner.", "dermsctl ders transfer SOLAR-01 owner-2"},
             DeclareTransfer, Transfer);
  AddCommand(ders, selected,
             {"delegate", "Lets a gateway speak for a DER, or takes the DER back.",
              "dermsctl ders delegate SOLAR-01 gateway-7"},
             DeclareDelegate, Delegate);
  return ders;
}

}  // namespace derms::dermsctl
