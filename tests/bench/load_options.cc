#include "tests/bench/load_options.h"

#include <grpcpp/create_channel.h>
#include <grpcpp/security/credentials.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>

#include "absl/strings/str_format.h"

namespace derms::bench {
namespace {

constexpr auto kConnectLimit = std::chrono::seconds(10);

[[noreturn]] void Die(const std::string& sentence) {
  std::fprintf(stderr, "rpc_load: %s\n", sentence.c_str());
  std::exit(2);
}

std::string ReadFile(const std::string& path) {
  std::ifstream file(path);
  std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  if (!file || text.empty()) Die("cannot read " + path);
  while (!text.empty() && text.back() == '\n') text.pop_back();
  return text;
}

std::shared_ptr<grpc::Channel> Connect(const LoadOptions& options, const std::string& ca_pem) {
  grpc::SslCredentialsOptions tls;
  tls.pem_root_certs = ca_pem;
  grpc::ChannelArguments arguments;
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);  // a connection of its own
  arguments.SetInt(GRPC_ARG_ENABLE_RETRIES, 0);             // a failure shall be seen
  auto channel = grpc::CreateCustomChannel(options.address, grpc::SslCredentials(tls), arguments);
  if (!channel->WaitForConnected(std::chrono::system_clock::now() + kConnectLimit)) {
    Die("no connection to " + options.address);
  }
  return channel;
}

}  // namespace

Window Window::FromNow(const LoadOptions& options) {
  const auto span = [](double seconds) {
    return std::chrono::duration_cast<SteadyClock::duration>(std::chrono::duration<double>(seconds));
  };
  const auto begin = SteadyClock::now() + span(options.warmup_seconds);
  return {begin, begin + span(options.seconds)};
}

LoadOptions ParseLoadOptions(int argc, char** argv) {
  LoadOptions options;
  CLI::App app("Puts load on a RegistryService or EmergencyService and prints what it saw as one JSON line.");
  app.add_option("operation", options.operation)
      ->required()
      ->check(CLI::IsMember({"echo", "get_der", "update_status", "bulk_status", "emergency"}));
  app.add_option("--address", options.address)->required();
  app.add_option("--ca-file", options.ca_file)->required();
  app.add_option("--token-file", options.token_file)->required();
  app.add_option("--in-flight", options.in_flight)->check(CLI::Range(1, 10'000));
  app.add_option("--channels", options.channels)->check(CLI::Range(1, 100));
  app.add_option("--ders", options.ders)->check(CLI::Range(1, 9'999'999));
  app.add_option("--power-kw", options.power_kw, "of an emergency order");
  app.add_flag("--request-ids", options.request_ids, "give every mutation a request_id, as the product's clients do");
  app.add_option("--unanswered", options.unanswered)->check(CLI::Range(1, 64));
  app.add_option("--items", options.items)->check(CLI::Range(1, 1000));
  app.add_option("--seconds", options.seconds)->check(CLI::Range(0.1, 3600.0));
  app.add_option("--warmup-seconds", options.warmup_seconds)->check(CLI::Range(0.0, 60.0));
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    std::exit(app.exit(error));
  }
  const bool bulk = options.operation == "bulk_status";
  const int owners = bulk ? options.channels * options.unanswered * options.items : options.in_flight;
  if (owners > options.ders) Die("more is under way than there are DERs: calls would meet on one");
  return options;
}

std::string DerId(int number) {
  return absl::StrFormat("BENCH-%06d", number);
}

Target::Target(const LoadOptions& options) : authorization_("Bearer " + ReadFile(options.token_file)) {
  const std::string ca_pem = ReadFile(options.ca_file);
  for (int i = 0; i < options.channels; ++i) channels_.push_back(Connect(options, ca_pem));
}

}  // namespace derms::bench
