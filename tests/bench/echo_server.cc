// The floor that the registry is measured by: GetDer answered at once with a constant, behind the product's port and
// gate. Nothing is looked up, checked or logged, and the answer is the cheapest to serialise: one text of the size that
// a real answer has.
//
//   echo_server ANSWER_BYTES FLAG...     flags as those of derms-registry
#include <cstdio>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "derms/v1/registry.grpc.pb.h"
#include "tests/bench/peer_host.h"

namespace derms::bench {
namespace {

// A response that is `bytes` long when serialised; shorter by up to the few bytes that its lengths take.
v1::GetDerResponse ResponseOf(int bytes) {
  v1::GetDerResponse response;
  for (int text = bytes; response.ByteSizeLong() != static_cast<std::size_t>(bytes) && text >= 0; --text) {
    response.mutable_der()->set_der_id(std::string(static_cast<std::size_t>(text), 'x'));
  }
  return response;
}

class EchoRegistry final : public v1::RegistryService::CallbackService {
 public:
  explicit EchoRegistry(int answer_bytes) : response_(ResponseOf(answer_bytes)) {}

  grpc::ServerUnaryReactor* GetDer(grpc::CallbackServerContext* context, const v1::GetDerRequest*,
                                   v1::GetDerResponse* response) override {
    *response = response_;
    auto* reactor = context->DefaultReactor();
    reactor->Finish(grpc::Status::OK);
    return reactor;
  }

 private:
  const v1::GetDerResponse response_;
};

}  // namespace
}  // namespace derms::bench

int main(int argc, char** argv) {
  int answer_bytes = 0;
  if (argc < 2 || !absl::SimpleAtoi(argv[1], &answer_bytes) || answer_bytes < 8) {
    std::fputs("usage: echo_server ANSWER_BYTES FLAG...\n", stderr);
    return 2;
  }
  return derms::bench::RunPeer("echo_server", std::vector<std::string>(argv + 2, argv + argc),
                               [&](const auto&, auto&) -> absl::StatusOr<std::unique_ptr<grpc::Service>> {
                                 return std::make_unique<derms::bench::EchoRegistry>(answer_bytes);
                               });
}
