#include "libs/server/certificates.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "absl/time/clock.h"
#include "libs/base/error.h"
#include "libs/server/testing/test_certificates.h"

namespace derms::server {
namespace {

using ::testing::HasSubstr;

TEST(Certificates, AFittingPairIsAccepted) {
  const TestCertificates tls;
  const CertificateFiles files = tls.Issue("server");  // before the time is taken: it is not valid before it is made
  const auto verified = LoadVerified(files, absl::Now());
  ASSERT_TRUE(verified.ok()) << verified.status();
  EXPECT_GT(verified->expires_at, absl::Now());
}

TEST(Certificates, EveryWayNotToFitIsNamed) {
  const TestCertificates tls;
  const CertificateFiles one = tls.Issue("one"), two = tls.Issue("two");
  std::ofstream(tls.path("garbage.pem")) << "not a certificate";
  std::ofstream(tls.path("wrong-chain.pem")) << ReadText(one.certificate) << ReadText(two.certificate);
  std::ofstream(tls.path("right-chain.pem")) << ReadText(one.certificate) << tls.ca_pem();
  const auto reason = [](const CertificateFiles& files, absl::Time now = absl::Now()) {
    return base::ReasonOf(LoadVerified(files, now).status());
  };
  EXPECT_EQ(reason({one.certificate, two.key, ""}), "CERTIFICATE_MISMATCH");
  EXPECT_EQ(reason({tls.path("absent.pem"), one.key, ""}), "CERTIFICATE_UNREADABLE");
  EXPECT_EQ(reason({tls.path("garbage.pem"), one.key, ""}), "CERTIFICATE_UNREADABLE");
  EXPECT_EQ(reason({one.certificate, tls.path("garbage.pem"), ""}), "CERTIFICATE_UNREADABLE");
  EXPECT_EQ(reason({tls.path("wrong-chain.pem"), one.key, ""}), "CERTIFICATE_CHAIN");
  EXPECT_EQ(reason({one.certificate, one.key, tls.path("garbage.pem")}), "CERTIFICATE_UNREADABLE");
  EXPECT_EQ(reason(one, absl::Now() + absl::Hours(48)), "CERTIFICATE_EXPIRED");
  EXPECT_EQ(reason(one, absl::Now() - absl::Hours(48)), "CERTIFICATE_EXPIRED");
  EXPECT_EQ(reason({tls.path("right-chain.pem"), one.key, ""}), "");
}

TEST(Certificates, AChangedPairIsTakenOverAndABadOneIsNot) {
  const TestCertificates tls;
  const CertificateFiles first = tls.Issue("first", 1), second = tls.Issue("second", 5), live = tls.Issue("live", 1);
  base::SystemClock clock;
  observe::Metrics metrics;
  std::ostringstream log;
  observe::Logger logger({.service = "test"}, log);
  auto reloader = CertificateReloader::Open(live, clock, metrics, logger, absl::InfiniteDuration());
  ASSERT_TRUE(reloader.ok()) << reloader.status();
  const absl::Time begin = (*reloader)->expires_at();

  CopyOver(second.certificate, live.certificate);  // the key has not followed yet
  (*reloader)->Poll();
  EXPECT_EQ((*reloader)->expires_at(), begin);
  EXPECT_THAT(metrics.Text(), HasSubstr(R"(derms_certificate_reloads_total{result="failed"} 1)"));
  (*reloader)->Poll();  // unchanged: not tried again
  EXPECT_THAT(metrics.Text(), HasSubstr(R"(derms_certificate_reloads_total{result="failed"} 1)"));

  CopyOver(second.key, live.key);
  (*reloader)->Poll();
  EXPECT_GT((*reloader)->expires_at(), begin + absl::Hours(24));
  EXPECT_THAT(metrics.Text(), HasSubstr(R"(derms_certificate_reloads_total{result="ok"} 1)"));
}

TEST(Certificates, ABadFirstPairRefusesToStart) {
  const TestCertificates tls;
  const CertificateFiles one = tls.Issue("one"), two = tls.Issue("two");
  base::SystemClock clock;
  observe::Metrics metrics;
  std::ostringstream log;
  observe::Logger logger({.service = "test"}, log);
  const auto reloader = CertificateReloader::Open({one.certificate, two.key, ""}, clock, metrics, logger);
  EXPECT_EQ(base::ReasonOf(reloader.status()), "CERTIFICATE_MISMATCH");
}

}  // namespace
}  // namespace derms::server
