#include "libs/server/config.h"

#include <CLI/CLI.hpp>
#include <cstdlib>
#include <map>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "libs/base/error.h"

namespace derms::server {
namespace {

absl::Status Bad(const std::string& where, const std::string& rule) {
  return base::InvalidArgument("BAD_SETTING", absl::StrCat(where, ": ", rule));
}

// `where` names the source for the operator: "--port", "DERMS_PORT", "port in FILE".
absl::Status Assign(const ConfigOption& option, const std::string& text, const std::string& where, Config& config) {
  if (const auto* member = std::get_if<std::string Config::*>(&option.target)) {
    config.*(*member) = text;
  } else if (const auto* number = std::get_if<int Config::*>(&option.target)) {
    int value = 0;
    if (!absl::SimpleAtoi(text, &value) || value < option.least || value > option.most) {
      return Bad(where, absl::StrCat("give a number from ", option.least, " to ", option.most));
    }
    config.*(*number) = value;
  } else {
    bool value = false;
    if (!absl::SimpleAtob(text, &value)) return Bad(where, "give true or false");
    config.*std::get<bool Config::*>(option.target) = value;
  }
  return absl::OkStatus();
}

std::string ValueText(const ConfigOption& option, const Config& config) {
  if (const auto* member = std::get_if<std::string Config::*>(&option.target)) return config.*(*member);
  if (const auto* number = std::get_if<int Config::*>(&option.target)) return absl::StrCat(config.*(*number));
  return config.*std::get<bool Config::*>(option.target) ? "true" : "false";
}

absl::Status ApplyFile(const std::string& path, Config& config) {
  std::vector<CLI::ConfigItem> items;
  try {  // CLI11 reports by exceptions
    items = CLI::ConfigTOML().from_file(path);
  } catch (const std::exception&) {
    return Bad("--config", absl::StrCat("cannot read ", path));
  }
  for (const auto& item : items) {
    const std::string where = absl::StrCat(item.fullname(), " in ", path);
    const ConfigOption* known = nullptr;
    for (const auto& option : ConfigOptions()) {
      if (item.fullname() == option.name) known = &option;
    }
    if (known == nullptr || item.inputs.size() != 1) return Bad(where, "no such setting; see --help");
    RETURN_IF_ERROR(Assign(*known, item.inputs[0], where, config));
  }
  return absl::OkStatus();
}

absl::Status ApplyEnvironment(Config& config) {
  for (const auto& option : ConfigOptions()) {
    const std::string name = EnvironmentName(option);
    const char* value = std::getenv(name.c_str());
    if (value != nullptr) RETURN_IF_ERROR(Assign(option, value, name, config));
  }
  return absl::OkStatus();
}

absl::Status CheckNeeded(const Config& config) {
  for (const auto& option : ConfigOptions()) {
    if (option.needed && ValueText(option, config).empty()) {
      return Bad(absl::StrCat("--", option.name), absl::StrCat("is needed (", option.help, ")"));
    }
  }
  if (config.require_client_cert && config.tls_client_ca.empty()) {
    return Bad("--require-client-cert", "needs --tls-client-ca");
  }
  return absl::OkStatus();
}

// The password between ':' and '@' of a URL, and that of a password= pair.
std::string Masked(const std::string& url) {
  std::string masked = url;
  const std::size_t scheme = masked.find("://");
  const std::size_t at = masked.find('@', scheme == std::string::npos ? 0 : scheme);
  const std::size_t colon = scheme == std::string::npos ? std::string::npos : masked.find(':', scheme + 3);
  if (at != std::string::npos && colon != std::string::npos && colon < at)
    masked.replace(colon + 1, at - colon - 1, "***");
  const std::size_t pair = masked.find("password=");
  if (pair != std::string::npos) {
    const std::size_t begin = pair + 9;
    masked.replace(begin, std::min(masked.find_first_of(" &", begin), masked.size()) - begin, "***");
  }
  return masked;
}

}  // namespace

const std::vector<ConfigOption>& ConfigOptions() {
  static const std::vector<ConfigOption> options = {
      {"listen-address", &Config::listen_address, "localhost, * for every address, or one address or host name"},
      {.name = "port",
       .target = &Config::port,
       .help = "port for gRPC; 0 takes a free one",
       .most = 65535,
       .default_text = "7001 registry, 7002 optimizer, 7003 emergency"},
      {.name = "metrics-port",
       .target = &Config::metrics_port,
       .help = "port for GET /metrics; 0 turns it off",
       .most = 65535,
       .default_text = "9101 registry, 9102 optimizer, 9103 emergency"},
      {"metrics-address", &Config::metrics_address, "address for GET /metrics; plain HTTP, so keep it private"},
      {.name = "database-url",
       .target = &Config::database_url,
       .help = "PostgreSQL, as a URL or key=value pairs",
       .needed = true},
      {"database-password-file", &Config::database_password_file, "file with the database password"},
      {.name = "database-connections",
       .target = &Config::database_connections,
       .help = "connections for reads; each committer and follower has one more",
       .least = 1,
       .most = 100},
      {.name = "worker-threads",
       .target = &Config::worker_threads,
       .help = "threads for what blocks; keep them above solver-processes + solver-queue",
       .least = 1,
       .most = 256,
       .default_text = "8; 64 optimizer"},
      {.name = "worker-queue",
       .target = &Config::worker_queue,
       .help = "work that may wait for a thread",
       .least = 1,
       .most = 100000},
      {.name = "solver-processes",
       .target = &Config::solver_processes,
       .help = "optimizer: processes that solve, so solves at a time; runs leave one of them to SolveDispatch",
       .least = 1,
       .most = 64},
      {.name = "solver-queue",
       .target = &Config::solver_queue,
       .help = "optimizer: solves that may wait for a process; more are refused with SOLVERS_BUSY",
       .most = 1000},
      {.name = "solver-memory-mb",
       .target = &Config::solver_memory_mb,
       .help = "optimizer: memory that each of them may take, MiB; a solve that needs more ends",
       .least = 64,
       .most = 1048576},
      {.name = "solver-grace-seconds",
       .target = &Config::solver_grace_seconds,
       .help = "optimizer: time after its limit or cancellation until a solve is ended by force",
       .least = 1,
       .most = 600},
      {.name = "resume-memory-mb",
       .target = &Config::resume_memory_mb,
       .help = "optimizer: memory for what the next runs of standing policies go on from, MiB",
       .least = 1,
       .most = 1 << 20},
      {.name = "two-person-kinds",
       .target = &Config::two_person_kinds,
       .help = "emergency: kinds of orders that a second person must approve, as DISCONNECT,CURTAIL_ALL; exercises are "
               "free"},
      {.name = "limit-supervision",
       .target = &Config::limit_supervision,
       .help = "emergency: what a breached region limit leads to: correct (an event and a limit), report (an event) or "
               "off"},
      {.name = "acknowledgement-seconds",
       .target = &Config::acknowledgement_seconds,
       .help = "emergency: a DER that has not acknowledged what it was told for so long is listed as unresponsive",
       .least = 1,
       .most = 3600},
      {.name = "history-days",
       .target = &Config::history_days,
       .help = "registry: how long readings are kept",
       .least = 1,
       .most = 36500},
      {.name = "rollup-days",
       .target = &Config::rollup_days,
       .help = "registry: how long the hours are kept that reports are computed from",
       .least = 1,
       .most = 36500},
      {.name = "tls-cert",
       .target = &Config::tls_cert,
       .help = "certificate, PEM, ours first, then its chain",
       .needed = true},
      {.name = "tls-key", .target = &Config::tls_key, .help = "its private key, PEM", .needed = true},
      {"tls-ca", &Config::tls_ca, "root that --health-check trusts; without it, the certificate itself"},
      {"tls-client-ca", &Config::tls_client_ca, "roots of client certificates (mTLS), PEM; empty: none are asked for"},
      {"require-client-cert", &Config::require_client_cert,
       "refuse connections without a client certificate: for ports that strangers can reach"},
      {.name = "jwks-file",
       .target = &Config::jwks_file,
       .help = "public keys of token issuers (JWKS); reloaded on change",
       .needed = true},
      {"token-issuer", &Config::token_issuer, "accepted claim iss; empty: any"},
      {"token-audience", &Config::token_audience, "accepted claim aud"},
      {"bootstrap-secret-file", &Config::bootstrap_secret_file,
       "secret that AccessService.Initialize asks for; without it nobody can initialise"},
      {"grid-profiles", &Config::grid_profiles,
       "registry and optimizer: folder of grid code profiles (*.csv) beside those that are built in"},
      {.name = "max-connections",
       .target = &Config::max_connections,
       .help = "connections at a time",
       .least = 1,
       .most = 1000000},
      {.name = "max-connections-per-address",
       .target = &Config::max_connections_per_address,
       .help = "connections at a time from one IPv4 address or IPv6 /64",
       .least = 1,
       .most = 1000000},
      {.name = "caller-calls-per-second",
       .target = &Config::caller_calls_per_second,
       .help = "calls of one caller, emergency orders and others each; opening a stream is one; 0: no limit",
       .least = 0,
       .most = 1000000},
      {.name = "caller-burst-calls",
       .target = &Config::caller_burst_calls,
       .help = "calls that a caller may make at once",
       .least = 1,
       .most = 10000000},
      {.name = "drain-seconds",
       .target = &Config::drain_seconds,
       .help = "time for calls under way when stopping",
       .least = 1,
       .most = 600},
      {"log-level", &Config::log_level, "debug, info, warning or error"},
  };
  return options;
}

std::string EnvironmentName(const ConfigOption& option) {
  return absl::StrCat("DERMS_", absl::AsciiStrToUpper(absl::StrReplaceAll(option.name, {{"-", "_"}})));
}

absl::StatusOr<CommandLine> ParseCommandLine(const ServiceIdentity& identity,
                                             const std::vector<std::string>& arguments) {
  CommandLine line;
  line.config.port = identity.default_port;
  line.config.metrics_port = identity.default_metrics_port;
  line.config.worker_threads = identity.default_worker_threads;
  CLI::App app(
      absl::StrCat("A service of DERMS. Flags win over the environment, it over the file.\nExample: ", identity.name,
                   " --database-url postgresql:///derms --tls-cert server.pem --tls-key server.key",
                   " --jwks-file jwks.json"),
      identity.name);
  std::map<std::string, std::string> given;
  for (const auto& option : ConfigOptions()) {
    const std::string fallback = option.default_text != nullptr ? "" : ValueText(option, Config());
    const std::string help = absl::StrCat(option.help, fallback.empty() ? "" : absl::StrCat(" [", fallback, "]"), " (",
                                          EnvironmentName(option), ")");
    const std::string flag = absl::StrCat("--", option.name);
    const auto keep = [&given, name = option.name](const std::string& text) { given[name] = text; };
    if (std::holds_alternative<bool Config::*>(option.target)) {
      app.add_flag_callback(
          flag, [keep] { keep("true"); }, help);
    } else {
      app.add_option_function<std::string>(flag, keep, help);
    }
  }
  std::string file;
  bool health = false, print = false, table = false, version = false;
  app.add_option("--config", file, "file with the same names: name = value");
  app.add_flag("--health-check", health,
               "ask the running service: exit 0 serving, 1 usage, 2 no connection, 3 no answer, 4 not serving");
  app.add_flag("--print-config", print, "print the settings in force and exit");
  app.add_flag("--print-config-table", table, "print the documentation of the settings and exit");
  app.add_flag("--version", version, "print the version and exit");
  try {
    std::vector<std::string> reversed(arguments.rbegin(), arguments.rend());  // as CLI11 wants it
    app.parse(reversed);
  } catch (const CLI::CallForHelp&) {
    line.mode = Mode::kHelp;
    line.text = app.help();
    return line;
  } catch (const CLI::ParseError& error) {
    return base::InvalidArgument("BAD_FLAG", absl::StrCat(error.what(), "; see ", identity.name, " --help"));
  }
  if (!file.empty()) RETURN_IF_ERROR(ApplyFile(file, line.config));
  RETURN_IF_ERROR(ApplyEnvironment(line.config));
  for (const auto& option : ConfigOptions()) {
    const auto value = given.find(option.name);
    if (value != given.end()) {
      RETURN_IF_ERROR(Assign(option, value->second, absl::StrCat("--", option.name), line.config));
    }
  }
  line.mode = version  ? Mode::kVersion
              : table  ? Mode::kPrintConfigTable
              : print  ? Mode::kPrintConfig
              : health ? Mode::kHealthCheck
                       : Mode::kServe;
  if (line.mode == Mode::kServe) RETURN_IF_ERROR(CheckNeeded(line.config));
  return line;
}

std::string PrintConfig(const Config& config) {
  std::string text;
  for (const auto& option : ConfigOptions()) {
    absl::StrAppend(&text, option.name, " = ", Masked(ValueText(option, config)), "\n");
  }
  return text;
}

std::string PrintConfigTable() {
  std::string text =
      "# Configuration\n\n"
      "The same for each service. A flag wins over the environment, the environment over the file named by `--config`\n"
      "(`name = value` lines), the file over the default. Secrets are given as files, never as values. This page is "
      "what\n"
      "`derms-registry --print-config-table` prints; a test compares them.\n\n"
      "| flag | environment | default | meaning |\n| --- | --- | --- | --- |\n";
  for (const auto& option : ConfigOptions()) {
    const std::string fallback = option.default_text != nullptr ? option.default_text
                                 : option.needed                ? "needed"
                                                                : ValueText(option, Config());
    absl::StrAppend(&text, "| `--", option.name, "` | `", EnvironmentName(option), "` | ", fallback, " | ",
                    absl::StrReplaceAll(option.help, {{"*", "\\*"}}), " |\n");
  }
  return text;
}

}  // namespace derms::server
