// Settings of a service: flags, then environment, then file, then default. Each option stands once, in one table, from
// which parsing, --help, --print-config and docs/configuration.md come.
#pragma once

#include <string>
#include <variant>
#include <vector>

#include "absl/status/statusor.h"

namespace derms::server {

// What a binary is, before any setting.
struct ServiceIdentity {
  std::string name;  // "derms-registry"
  int default_port = 0;
  int default_metrics_port = 0;
  std::vector<std::string> services;  // full names of its gRPC services of derms.v1
  int default_worker_threads = 8;
};

struct Config {
  std::string listen_address = "localhost";
  int port = 0;
  int metrics_port = 0;  // 0: no metrics endpoint
  std::string metrics_address = "127.0.0.1";
  std::string database_url;
  std::string database_password_file;
  int database_connections = 4;
  int history_days = 30;
  int rollup_days = 400;
  int worker_threads = 8;
  int worker_queue = 1000;
  int solver_processes = 3;
  int solver_queue = 48;
  int solver_memory_mb = 6144;
  int solver_grace_seconds = 5;
  int resume_memory_mb = 512;
  std::string two_person_kinds;               // emergency: kinds of orders, comma-separated; empty: none
  std::string limit_supervision = "correct";  // emergency: correct, report or off
  int acknowledgement_seconds = 8;
  std::string tls_cert;
  std::string tls_key;
  std::string tls_ca;
  std::string tls_client_ca;
  bool require_client_cert = false;
  std::string jwks_file;
  std::string token_issuer;
  std::string token_audience = "derms";
  std::string bootstrap_secret_file;
  std::string grid_profiles;
  int max_connections = 10000;
  int max_connections_per_address = 2000;
  int caller_calls_per_second = 500;
  int caller_burst_calls = 5000;
  int drain_seconds = 20;
  std::string log_level = "info";
};

struct ConfigOption {
  using Target = std::variant<std::string Config::*, int Config::*, bool Config::*>;
  const char* name;  // "tls-cert": flag --tls-cert, environment DERMS_TLS_CERT, key tls-cert in a file
  Target target;
  const char* help;
  int least = 0, most = 0;             // of a number
  bool needed = false;                 // the service does not start without it
  const char* default_text = nullptr;  // for the documentation, where the default depends on the service
};
const std::vector<ConfigOption>& ConfigOptions();
std::string EnvironmentName(const ConfigOption& option);

enum class Mode { kServe, kHealthCheck, kPrintConfig, kPrintConfigTable, kHelp, kVersion };

struct CommandLine {
  Mode mode = Mode::kServe;
  Config config;
  std::string text;  // what --help prints
};

// INVALID_ARGUMENT BAD_FLAG or BAD_SETTING with a sentence for the operator. Modes that only print need nothing set.
absl::StatusOr<CommandLine> ParseCommandLine(const ServiceIdentity& identity,
                                             const std::vector<std::string>& arguments);

std::string PrintConfig(const Config& config);  // "name = value" lines, passwords inside a URL masked
std::string PrintConfigTable();                 // markdown: docs/configuration.md

}  // namespace derms::server
