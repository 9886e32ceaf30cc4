// The server's certificate, verified before it is used and reloaded when its files change.
#pragma once

#include <grpcpp/security/tls_certificate_provider.h>

#include <memory>
#include <string>
#include <thread>

#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "libs/base/clock.h"
#include "libs/observe/log.h"
#include "libs/observe/metrics.h"
#include "libs/server/acceptor.h"

namespace derms::server {

struct CertificateFiles {
  std::string certificate;  // PEM: ours first, then the chain towards the root
  std::string key;          // PEM, not encrypted
  std::string client_ca;    // PEM of the roots of client certificates; empty: none are asked for
};

// What the files hold, once it has been found to fit together.
struct VerifiedCertificate {
  std::string identity_pem;  // key, then chain
  std::string client_ca_pem;
  absl::Time expires_at;  // the earliest of the chain
};

// FAILED_PRECONDITION with a reason (CERTIFICATE_UNREADABLE, CERTIFICATE_MISMATCH, CERTIFICATE_CHAIN,
// CERTIFICATE_EXPIRED) and the file in the message, unless the key belongs to the certificate, each certificate is
// signed by the next, all are valid at `now`, and the client roots can be read.
absl::StatusOr<VerifiedCertificate> LoadVerified(const CertificateFiles& files, absl::Time now);

// Keeps what gRPC serves equal to the files, but never takes over a pair that does not verify: gRPC's own file watcher
// would, and every new handshake would then fail. The verified pair is published through memory files, so the key is on
// disk only where the operator put it; gRPC looks at them once a second. Thread-safe.
class CertificateReloader {
 public:
  // Fails when the first pair does not verify. `poll_interval` infinite: the owner calls Poll. References outlive this.
  static absl::StatusOr<std::unique_ptr<CertificateReloader>> Open(CertificateFiles files, const base::Clock& clock,
                                                                   observe::Metrics& metrics, observe::Logger& logger,
                                                                   absl::Duration poll_interval = absl::Seconds(1));
  ~CertificateReloader();

  std::shared_ptr<grpc::experimental::CertificateProviderInterface> provider() const { return provider_; }
  bool asks_for_client_certificates() const { return !files_.client_ca.empty(); }
  void Poll();  // looks at the files once
  absl::Time expires_at() const;

 private:
  CertificateReloader(CertificateFiles files, const base::Clock& clock, observe::Metrics& metrics,
                      observe::Logger& logger);
  absl::Status Load();
  absl::Status Publish(const VerifiedCertificate& verified);
  std::string Stamp() const;  // changes when a file does
  void Run(absl::Duration poll_interval);

  const CertificateFiles files_;
  const base::Clock& clock_;
  observe::Metrics& metrics_;
  observe::Logger& logger_;
  OwnedFd identity_, client_ca_;  // memory files
  std::shared_ptr<grpc::experimental::CertificateProviderInterface> provider_;
  mutable absl::Mutex mutex_;
  std::string stamp_ ABSL_GUARDED_BY(mutex_);
  absl::Time expires_at_ ABSL_GUARDED_BY(mutex_);
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace derms::server
