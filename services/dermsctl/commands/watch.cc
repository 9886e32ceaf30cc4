#include "absl/strings/str_cat.h"
#include "libs/client/event_watch.h"
#include "services/dermsctl/commands/commands.h"
#include "services/dermsctl/input/enum_words.h"
#include "services/dermsctl/output/text.h"

namespace derms::dermsctl {
namespace {

struct WatchOptions {
  std::int64_t after = -1;
  std::vector<std::string> types;
  std::string der_id;
  std::int64_t limit = 0;
};

void Declare(CLI::App& command, WatchOptions& options) {
  AddValue(command, "--after", options.after, "SEQUENCE",
           "Start after this event: 0 from the first, default from now.");
  AddList(command, "--type", options.types, "TYPE", Choices<v1::EventType>() + ".");
  AddValue(command, "--der", options.der_id, "DER", "Only of this DER.");
  AddValue(command, "--limit", options.limit, "N", "End after N events; 0, the default, goes on until interrupted.");
}

std::string Line(Session& session, const v1::Event& event) {
  std::string line = absl::StrCat(event.sequence(), "  ", session.Time(event.occurred_at()), "  ", event.name());
  if (event.has_der_id()) absl::StrAppend(&line, "  ", event.der_id());
  if (event.has_region_id()) absl::StrAppend(&line, "  ", event.region_id());
  if (event.new_status() != v1::DER_STATUS_UNSPECIFIED) {
    absl::StrAppend(&line, "  ", Word(event.old_status()), " -> ", Word(event.new_status()));
  }
  if (!event.summary().empty()) absl::StrAppend(&line, "  ", event.summary());
  return Printable(line);
}

absl::StatusOr<ExitCode> Watch(Session& session, const WatchOptions& options) {
  v1::WatchEventsRequest request;
  request.set_after_sequence(options.after);
  request.set_der_id(options.der_id);
  for (const std::string& word : options.types) {
    ASSIGN_OR_RETURN(const v1::EventType type, ParseWord<v1::EventType>(word));
    request.add_types(type);
  }
  ASSIGN_OR_RETURN(client::Connection * registry, session.Connect(Process::kRegistry));
  std::int64_t count = 0;
  client::WatchHandlers handlers;
  handlers.on_event = [&](const v1::Event& event) {
    session.out() << (session.json() ? ToJson(event) : Line(session, event)) << std::endl;  // seen at once in a pipe
    return ++count != options.limit;
  };
  handlers.on_lost = [&](const absl::Status& why, std::int64_t after) {
    const std::string place = after < 0 ? "from now" : absl::StrCat("after ", after);
    session.Note(absl::StrCat("stream ended", why.ok() ? "" : absl::StrCat(" (", std::string(why.message()), ")"),
                              "; resuming ", place));
  };
  RETURN_IF_ERROR(client::WatchEvents(*registry, request, handlers));
  return ExitCode::kOk;
}

}  // namespace

void AddWatchCommand(CLI::App& root, Selected& selected) {
  AddCommand(root, selected,
             {"watch", "Prints events as they happen, one a line; survives lost connections.",
              "dermsctl watch --after 0 --type der-status-updated"},
             Declare, Watch);
}

}  // namespace derms::dermsctl
