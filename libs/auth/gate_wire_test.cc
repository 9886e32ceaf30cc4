// The gate on a real port with TLS and client certificates: what arrives over HTTP/2 is what the units assume.
#include <gmock/gmock.h>
#include <grpcpp/grpcpp.h>

#include <atomic>

#include "derms/v1/access.grpc.pb.h"
#include "libs/auth/gate.h"
#include "libs/auth/testing/certificate_maker.h"
#include "libs/auth/testing/collaborators.h"
#include "libs/auth/testing/token_maker.h"

namespace derms::auth {
namespace {

using grpc::StatusCode;

// Answers WhoAmI from the authenticator, as the scope of a handler does; counts the calls that reach it.
class WhoAmIService final : public v1::AccessService::CallbackService {
 public:
  explicit WhoAmIService(Authenticator& authenticator) : authenticator_(authenticator) {}

  grpc::ServerUnaryReactor* WhoAmI(grpc::CallbackServerContext* context, const v1::WhoAmIRequest*,
                                   v1::WhoAmIResponse* response) override {
    ++calls;
    const auto caller = authenticator_.Authenticate(context->client_metadata(), *context->auth_context());
    if (caller.ok()) {
      response->mutable_principal()->set_subject(caller->subject);
      response->set_proof(caller->proof == domain::IdentityProof::kMutualTls ? "mtls" : "jwt");
      response->mutable_expires_at()->set_seconds(absl::ToUnixSeconds(caller->expires_at));
    }
    auto* reactor = context->DefaultReactor();
    reactor->Finish(caller.ok() ? grpc::Status::OK : grpc::Status(StatusCode::INTERNAL, "no caller"));
    return reactor;
  }

  std::atomic<int> calls = 0;

 private:
  Authenticator& authenticator_;
};

class GateWireTest : public testing::Test {
 protected:
  GateWireTest() {
    grpc::SslServerCredentialsOptions options(GRPC_SSL_REQUEST_CLIENT_CERTIFICATE_AND_VERIFY);
    const Certificate server = authority_.Issue({.dns_names = {"localhost"}});
    options.pem_root_certs = authority_.pem();
    options.pem_key_cert_pairs = {{server.key_pem, server.pem}};
    auto credentials = grpc::SslServerCredentials(options);
    credentials->SetAuthMetadataProcessor(gate_);
    grpc::ServerBuilder builder;
    builder.AddListeningPort("localhost:0", credentials, &port_);
    builder.RegisterService(&service_);
    server_ = builder.BuildAndStart();
  }
  ~GateWireTest() override { server_->Shutdown(std::chrono::system_clock::now()); }

  std::shared_ptr<grpc::Channel> Channel(const Certificate* client = nullptr) {
    grpc::SslCredentialsOptions options;
    options.pem_root_certs = authority_.pem();
    if (client != nullptr) {
      options.pem_private_key = client->key_pem;
      options.pem_cert_chain = client->pem;
    }
    return grpc::CreateChannel("localhost:" + std::to_string(port_), grpc::SslCredentials(options));
  }

  grpc::Status WhoAmI(const Certificate* client, const std::vector<std::string>& headers) {
    grpc::ClientContext context;
    for (const std::string& header : headers) context.AddMetadata("authorization", header);
    response_.Clear();
    return v1::AccessService::NewStub(Channel(client))->WhoAmI(&context, v1::WhoAmIRequest(), &response_);
  }

  const absl::Time now_ = absl::Now();
  base::ManualClock clock_{now_};
  TestKey key_ = TestKey::Es256("k");
  SetKeys keys_{Jwks({key_})};
  TokenVerifier tokens_{TokenRules(), keys_, clock_};
  SetRoles roles_;
  Authenticator authenticator_{tokens_, roles_, clock_};
  PolicyTable table_ = PolicyTable::Build({v1::AccessService::service_full_name()}).value();
  Decisions decisions_;
  std::shared_ptr<Gate> gate_ = std::make_shared<Gate>(table_, authenticator_, decisions_);
  CertificateAuthority authority_;
  WhoAmIService service_{authenticator_};
  int port_ = 0;
  std::unique_ptr<grpc::Server> server_;
  v1::WhoAmIResponse response_;
  const std::string bearer_ = "Bearer " + Signed(key_, GoodClaims(now_));
};

TEST_F(GateWireTest, AdmitsATokenAndTheHandlerSeesTheSameCaller) {
  const grpc::Status status = WhoAmI(nullptr, {bearer_});
  ASSERT_TRUE(status.ok()) << status.error_message();
  EXPECT_EQ(response_.principal().subject(), "ann");
  EXPECT_EQ(response_.proof(), "jwt");
}

TEST_F(GateWireTest, RefusedCallsNeverReachTheHandler) {
  EXPECT_EQ(WhoAmI(nullptr, {}).error_code(), StatusCode::UNAUTHENTICATED);
  EXPECT_EQ(WhoAmI(nullptr, {"Bearer x"}).error_message(), "UNAUTHENTICATED: invalid token");
  EXPECT_EQ(WhoAmI(nullptr, {bearer_, bearer_}).error_message(), "UNAUTHENTICATED: invalid token");
  grpc::ClientContext context;
  context.AddMetadata("authorization", bearer_);
  v1::ListPrincipalsResponse response;
  const grpc::Status denied = v1::AccessService::NewStub(Channel())->ListPrincipals(&context, {}, &response);
  EXPECT_EQ(denied.error_code(), StatusCode::PERMISSION_DENIED);
  EXPECT_EQ(denied.error_message(), "UNAUTHORIZED: role admin is needed");
  EXPECT_EQ(service_.calls, 0);
}

TEST_F(GateWireTest, ACertificateIsAnIdentity) {
  const absl::Time end = absl::FromUnixSeconds(absl::ToUnixSeconds(now_ + absl::Hours(5)));
  const Certificate client = authority_.Issue({.uris = {"spiffe://derms/principal/gateway-7"}, .not_after = end});
  const grpc::Status status = WhoAmI(&client, {});
  ASSERT_TRUE(status.ok()) << status.error_message();
  EXPECT_EQ(response_.principal().subject(), "gateway-7");
  EXPECT_EQ(response_.proof(), "mtls");
  EXPECT_EQ(response_.expires_at().seconds(), absl::ToUnixSeconds(end));
}

TEST_F(GateWireTest, TokenAndCertificateMustNameTheSameSubject) {
  const Certificate same = authority_.Issue({.uris = {"spiffe://derms/principal/ann"}});
  EXPECT_TRUE(WhoAmI(&same, {bearer_}).ok());
  EXPECT_EQ(response_.proof(), "mtls");
  EXPECT_LE(response_.expires_at().seconds(), absl::ToUnixSeconds(now_ + absl::Hours(1))) << "the earlier end";
  const Certificate other = authority_.Issue({.uris = {"spiffe://derms/principal/bob"}});
  EXPECT_EQ(WhoAmI(&other, {bearer_}).error_message(), "UNAUTHENTICATED: invalid token");
  EXPECT_EQ(WhoAmI(&same, {"Bearer x"}).error_message(), "UNAUTHENTICATED: invalid token")
      << "a bad token is not forgiven for a good certificate";
}

TEST_F(GateWireTest, ACertificateWithoutPrincipalIsNobodyAndDoesNotDisturb) {
  const Certificate proxy =
      authority_.Issue({.common_name = "admin-1", .dns_names = {"admin-1"}, .uris = {"spiffe://derms/edge"}});
  EXPECT_EQ(WhoAmI(&proxy, {}).error_code(), StatusCode::UNAUTHENTICATED) << "the common name is never read";
  EXPECT_TRUE(WhoAmI(&proxy, {bearer_}).ok());
  EXPECT_EQ(response_.principal().subject(), "ann");
}

TEST_F(GateWireTest, ACertificateNamingTwoPrincipalsIsRefused) {
  const Certificate two =
      authority_.Issue({.uris = {"spiffe://derms/principal/ann", "spiffe://derms/principal/admin-1"}});
  EXPECT_EQ(WhoAmI(&two, {}).error_code(), StatusCode::UNAUTHENTICATED);
  EXPECT_EQ(WhoAmI(&two, {bearer_}).error_code(), StatusCode::UNAUTHENTICATED);
}

TEST_F(GateWireTest, AForeignCertificateDoesNotGetPastTls) {
  CertificateAuthority foreign;
  const Certificate client = foreign.Issue({.uris = {"spiffe://derms/principal/ann"}});
  EXPECT_EQ(WhoAmI(&client, {}).error_code(), StatusCode::UNAVAILABLE);
  EXPECT_EQ(service_.calls, 0);
}

TEST_F(GateWireTest, ACertificateThatEndsDuringItsConnectionIsRefused) {
  const Certificate client = authority_.Issue({.uris = {"spiffe://derms/principal/ann"}});
  const auto stub = v1::AccessService::NewStub(Channel(&client));
  const auto ask = [&] {  // on one connection: TLS checked the certificate once, at the start
    grpc::ClientContext context;
    return stub->WhoAmI(&context, v1::WhoAmIRequest(), &response_);
  };
  EXPECT_TRUE(ask().ok());
  clock_.Advance(absl::Hours(24));
  EXPECT_EQ(ask().error_message(), "UNAUTHENTICATED: invalid token");
  EXPECT_THAT(decisions_.list.back(), testing::HasSubstr("CERTIFICATE_EXPIRED"));
}

// An in-process channel goes round the gate: the handler that asks again finds nobody.
TEST_F(GateWireTest, TheHandlersOwnQuestionClosesTheSideDoor) {
  grpc::ClientContext context;
  const grpc::Status status =
      v1::AccessService::NewStub(server_->InProcessChannel({}))->WhoAmI(&context, v1::WhoAmIRequest(), &response_);
  EXPECT_EQ(status.error_message(), "no caller");
  EXPECT_TRUE(decisions_.list.empty());
}

}  // namespace
}  // namespace derms::auth
