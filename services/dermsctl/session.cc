#include "services/dermsctl/session.h"

#include <google/protobuf/util/json_util.h>

#include <array>

#include "absl/strings/str_cat.h"
#include "services/dermsctl/input/time.h"
#include "services/dermsctl/output/text.h"

namespace derms::dermsctl {
namespace {

constexpr double kMaxTimeoutSeconds = 24 * 3600;

struct ProcessName {
  const char* name;
  std::string GlobalOptions::*address;
};
constexpr std::array<ProcessName, 3> kProcesses = {{{"registry", &GlobalOptions::registry},
                                                    {"optimizer", &GlobalOptions::optimizer},
                                                    {"emergency service", &GlobalOptions::emergency}}};

}  // namespace

absl::StatusOr<std::unique_ptr<Session>> Session::Create(const GlobalOptions& options, World& world) {
  if (!(options.timeout_seconds > 0 && options.timeout_seconds <= kMaxTimeoutSeconds)) {
    return base::InvalidArgument("INVALID_TIMEOUT", "--timeout must be above 0 and at most 86400 seconds");
  }
  std::optional<absl::TimeZone> zone;
  if (!options.utc_offset.empty()) {
    ASSIGN_OR_RETURN(zone, ParseUtcOffset(options.utc_offset));
  }
  return std::unique_ptr<Session>(new Session(options, world, zone));
}

bool Session::colour() const {
  const auto no_color = world_.environment("NO_COLOR");
  return world_.terminal.out && !options_.no_color && (!no_color || no_color->empty());
}

absl::StatusOr<absl::TimeZone> Session::RequireZone(std::string_view why) const {
  if (zone_) return *zone_;
  return base::InvalidArgument("UTC_OFFSET_MISSING",
                               absl::StrCat("--utc-offset is needed ", std::string(why), ", as --utc-offset -08:00"));
}

std::string Session::Time(const google::protobuf::Timestamp& time) const {
  if (time.seconds() == 0 && time.nanos() == 0) return "";
  return TimeText(ToTime(time), zone());
}

void Session::Note(std::string_view sentence) {
  if (!options_.quiet) world_.err << Printable(sentence) << '\n';
}

void Session::Warn(std::string_view sentence) {
  world_.err << "warning: " << Printable(sentence) << '\n';
}

void Session::PrintJson(const google::protobuf::Message& message) {
  world_.out << ToJson(message) << '\n';
}

void Session::Print(const Table& table) {
  const std::string text = table.ToText();
  if (!colour()) {
    world_.out << text;
    return;
  }
  const std::size_t titles_end = text.find('\n');
  world_.out << "\x1b[1m" << text.substr(0, titles_end) << "\x1b[0m" << text.substr(titles_end);
}

std::unique_ptr<Progress> Session::NewProgress(std::string label) {
  const bool enabled = world_.terminal.err && !options_.quiet;
  return std::make_unique<Progress>(world_.err, world_.clock, enabled, std::move(label));
}

absl::StatusOr<client::Connection*> Session::Connect(Process process) {
  const auto place = static_cast<std::size_t>(process);
  std::unique_ptr<client::Connection>& connection = connections_[place];
  if (!connection) {
    client::ConnectionOptions options;
    options.name = kProcesses[place].name;
    options.address = options_.*kProcesses[place].address;
    options.ca_file = options_.ca_file;
    options.token_file = options_.token_file;
    options.timeout = absl::Seconds(options_.timeout_seconds);
    ASSIGN_OR_RETURN(connection, client::Connection::Open(options, {world_.clock, world_.ids, world_.pacing}));
  }
  return connection.get();
}

std::string ToJson(const google::protobuf::Message& message) {
  google::protobuf::util::JsonPrintOptions options;
  options.always_print_primitive_fields = true;
  std::string json;
  const auto status = google::protobuf::util::MessageToJsonString(message, &json, options);
  return status.ok() ? json : absl::StrCat("{\"error\":\"", std::string(status.message()), "\"}");
}

absl::Time ToTime(const google::protobuf::Timestamp& time) {
  return absl::FromUnixSeconds(time.seconds()) + absl::Nanoseconds(time.nanos());
}

google::protobuf::Timestamp ToTimestamp(absl::Time time) {
  google::protobuf::Timestamp stamp;
  const std::int64_t seconds = absl::ToUnixSeconds(time);  // floors, so that nanos are never negative
  stamp.set_seconds(seconds);
  stamp.set_nanos(static_cast<std::int32_t>(absl::ToInt64Nanoseconds(time - absl::FromUnixSeconds(seconds))));
  return stamp;
}

google::protobuf::Duration ToDurationMessage(absl::Duration duration) {
  google::protobuf::Duration message;
  message.set_seconds(absl::ToInt64Seconds(duration));
  message.set_nanos(static_cast<std::int32_t>(absl::ToInt64Nanoseconds(duration % absl::Seconds(1))));
  return message;
}

}  // namespace derms::dermsctl
