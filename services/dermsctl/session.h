// What a command works with: the global options, the streams, and connections to the three services.
#pragma once

#include <google/protobuf/duration.pb.h>
#include <google/protobuf/message.h>
#include <google/protobuf/timestamp.pb.h>

#include <functional>
#include <istream>
#include <memory>
#include <optional>
#include <ostream>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "libs/base/clock.h"
#include "libs/base/error.h"
#include "libs/base/ids.h"
#include "libs/client/connection.h"
#include "services/dermsctl/exit_code.h"
#include "services/dermsctl/output/progress.h"
#include "services/dermsctl/output/table.h"

namespace derms::dermsctl {

struct GlobalOptions {
  std::string registry = "localhost:7001";
  std::string optimizer = "localhost:7002";
  std::string emergency = "localhost:7003";
  std::string ca_file;
  std::string token_file;
  double timeout_seconds = 10;
  std::string utc_offset;
  bool json = false;
  bool no_color = false;
  bool quiet = false;
};

// What the process is attached to.
struct Terminal {
  bool in = false;   // standard input is a terminal
  bool out = false;  // standard output
  bool err = false;  // standard error
  bool utf8 = false;
  std::size_t columns = 80;
};

// The outside world, injected; everything outlives the session.
struct World {
  std::istream& in;
  std::ostream& out;  // data
  std::ostream& err;  // messages
  Terminal terminal;
  std::function<std::optional<std::string>(const std::string&)> environment;
  const base::Clock& clock;
  base::IdSource& ids;
  client::Pacing pacing;
};

enum class Process { kRegistry, kOptimizer, kEmergency };

// Not thread-safe.
class Session {
 public:
  // INVALID_ARGUMENT for global options that do not parse.
  static absl::StatusOr<std::unique_ptr<Session>> Create(const GlobalOptions& options, World& world);

  const GlobalOptions& options() const { return options_; }
  const World& world() const { return world_; }
  std::ostream& out() { return world_.out; }
  bool json() const { return options_.json; }
  bool colour() const;

  // The zone of --utc-offset; UTC without it.
  absl::TimeZone zone() const { return zone_.value_or(absl::UTCTimeZone()); }
  std::optional<absl::TimeZone> given_zone() const { return zone_; }
  // INVALID_ARGUMENT, reason UTC_OFFSET_MISSING, without --utc-offset; `why` completes "--utc-offset is needed ".
  absl::StatusOr<absl::TimeZone> RequireZone(std::string_view why) const;
  // Empty for an absent time.
  std::string Time(const google::protobuf::Timestamp& time) const;

  // A message on standard error, unless --quiet.
  void Note(std::string_view sentence);
  void Warn(std::string_view sentence);
  // A message as one line of JSON on standard output; see docs/dermsctl.md for the mapping.
  void PrintJson(const google::protobuf::Message& message);
  // A table on standard output, its titles bold where colours are welcome.
  void Print(const Table& table);
  std::unique_ptr<Progress> NewProgress(std::string label);

  absl::StatusOr<client::Connection*> Connect(Process process);

  template <typename Stub, typename Request, typename Response>
  absl::StatusOr<Response> Call(Process process,
                                grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&, Response*),
                                Request request, std::optional<absl::Duration> timeout = std::nullopt) {
    ASSIGN_OR_RETURN(client::Connection * connection, Connect(process));
    return connection->Call(method, std::move(request), timeout);
  }

  // Calls a list method page by page until the end or until `visit` has had enough (false).
  template <typename Stub, typename Request, typename Response>
  absl::Status ForEachPage(Process process,
                           grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&, Response*),
                           Request request, const std::function<bool(const Response&)>& visit) {
    constexpr int kPageSize = 1000;
    request.set_page_size(kPageSize);
    while (true) {
      ASSIGN_OR_RETURN(const Response page, Call(process, method, request));
      if (!visit(page) || page.next_page_token().empty()) return absl::OkStatus();
      request.set_page_token(page.next_page_token());
    }
  }

 private:
  Session(const GlobalOptions& options, World& world, std::optional<absl::TimeZone> zone)
      : options_(options), world_(world), zone_(zone) {}

  const GlobalOptions options_;
  World& world_;
  const std::optional<absl::TimeZone> zone_;
  std::unique_ptr<client::Connection> connections_[3];
};

// One line of JSON: lowerCamelCase names, zero and false printed, absent optional fields not.
std::string ToJson(const google::protobuf::Message& message);
absl::Time ToTime(const google::protobuf::Timestamp& time);
google::protobuf::Timestamp ToTimestamp(absl::Time time);
google::protobuf::Duration ToDurationMessage(absl::Duration duration);

}  // namespace derms::dermsctl
