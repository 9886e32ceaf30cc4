#include "libs/server/certificates.h"

#include <openssl/pem.h>
#include <openssl/x509.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <ctime>
#include <fstream>
#include <vector>

#include "absl/strings/str_cat.h"
#include "libs/base/error.h"

namespace derms::server {
namespace {

using X509Ptr = std::unique_ptr<X509, decltype(&X509_free)>;
using KeyPtr = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;
using BioPtr = std::unique_ptr<BIO, decltype(&BIO_free)>;

constexpr std::size_t kMaxFileBytes = 1 << 20;
constexpr unsigned kProviderRefreshSeconds = 1;

absl::StatusOr<std::string> ReadFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::string text(std::istreambuf_iterator<char>(file), {});
  if (!file || text.empty() || text.size() > kMaxFileBytes) {
    return base::FailedPrecondition("CERTIFICATE_UNREADABLE", absl::StrCat("cannot read ", path));
  }
  return text;
}

BioPtr Memory(const std::string& text) {
  return {BIO_new_mem_buf(text.data(), static_cast<int>(text.size())), BIO_free};
}

absl::StatusOr<std::vector<X509Ptr>> ParseCertificates(const std::string& pem, const std::string& path) {
  std::vector<X509Ptr> list;
  const BioPtr bio = Memory(pem);
  while (X509* certificate = PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr)) {
    list.emplace_back(certificate, X509_free);
  }
  if (list.empty()) {
    return base::FailedPrecondition("CERTIFICATE_UNREADABLE", absl::StrCat("no PEM certificate in ", path));
  }
  return list;
}

KeyPtr ParseKey(const std::string& pem) {
  const BioPtr bio = Memory(pem);
  // An empty passphrase instead of a question on the terminal when the key is encrypted.
  const auto no_passphrase = [](char*, int, int, void*) { return 0; };
  return {PEM_read_bio_PrivateKey(bio.get(), nullptr, no_passphrase, nullptr), EVP_PKEY_free};
}

absl::Time TimeOf(const ASN1_TIME* time) {
  std::tm parts{};
  return ASN1_TIME_to_tm(time, &parts) == 1 ? absl::FromTimeT(timegm(&parts)) : absl::InfinitePast();
}

absl::Status CheckChain(const std::vector<X509Ptr>& chain, const std::string& path) {
  for (std::size_t i = 0; i + 1 < chain.size(); ++i) {
    if (X509_verify(chain[i].get(), X509_get0_pubkey(chain[i + 1].get())) != 1) {
      return base::FailedPrecondition(
          "CERTIFICATE_CHAIN", absl::StrCat("certificate ", i + 1, " of ", path, " is not signed by the one after it"));
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<absl::Time> EarliestEnd(const std::vector<X509Ptr>& chain, const std::string& path, absl::Time now) {
  absl::Time earliest = absl::InfiniteFuture();
  for (const auto& certificate : chain) {
    const absl::Time from = TimeOf(X509_get0_notBefore(certificate.get()));
    const absl::Time until = TimeOf(X509_get0_notAfter(certificate.get()));
    if (now < from || now >= until) {
      return base::FailedPrecondition("CERTIFICATE_EXPIRED",
                                      absl::StrCat(path, " is valid from ", absl::FormatTime(from, absl::UTCTimeZone()),
                                                   " until ", absl::FormatTime(until, absl::UTCTimeZone())));
    }
    earliest = std::min(earliest, until);
  }
  return earliest;
}

OwnedFd MemoryFile(const char* name) {
  return OwnedFd(memfd_create(name, MFD_CLOEXEC));
}

absl::Status Overwrite(const OwnedFd& file, const std::string& text) {
  const auto size = static_cast<ssize_t>(text.size());
  if (pwrite(file.get(), text.data(), text.size(), 0) != size || ftruncate(file.get(), size) != 0) {
    return base::Internal("CERTIFICATE_PUBLISH", "cannot write a memory file");
  }
  return absl::OkStatus();
}

std::string PathOf(const OwnedFd& file) {
  return absl::StrCat("/proc/self/fd/", file.get());
}

}  // namespace

absl::StatusOr<VerifiedCertificate> LoadVerified(const CertificateFiles& files, absl::Time now) {
  ASSIGN_OR_RETURN(const std::string chain_pem, ReadFile(files.certificate));
  ASSIGN_OR_RETURN(const std::string key_pem, ReadFile(files.key));
  ASSIGN_OR_RETURN(const auto chain, ParseCertificates(chain_pem, files.certificate));
  const KeyPtr key = ParseKey(key_pem);
  if (key == nullptr) {
    return base::FailedPrecondition("CERTIFICATE_UNREADABLE", absl::StrCat("no PEM private key in ", files.key));
  }
  if (X509_check_private_key(chain[0].get(), key.get()) != 1) {
    return base::FailedPrecondition("CERTIFICATE_MISMATCH",
                                    absl::StrCat("the key in ", files.key, " is not that of ", files.certificate));
  }
  RETURN_IF_ERROR(CheckChain(chain, files.certificate));
  VerifiedCertificate verified;
  ASSIGN_OR_RETURN(verified.expires_at, EarliestEnd(chain, files.certificate, now));
  verified.identity_pem = absl::StrCat(key_pem, "\n", chain_pem);
  if (!files.client_ca.empty()) {
    ASSIGN_OR_RETURN(verified.client_ca_pem, ReadFile(files.client_ca));
    RETURN_IF_ERROR(ParseCertificates(verified.client_ca_pem, files.client_ca).status());
  }
  return verified;
}

absl::StatusOr<std::unique_ptr<CertificateReloader>> CertificateReloader::Open(CertificateFiles files,
                                                                               const base::Clock& clock,
                                                                               observe::Metrics& metrics,
                                                                               observe::Logger& logger,
                                                                               absl::Duration poll_interval) {
  std::unique_ptr<CertificateReloader> reloader(new CertificateReloader(std::move(files), clock, metrics, logger));
  RETURN_IF_ERROR(reloader->Load());
  const std::string identity = PathOf(reloader->identity_);
  // Key and chain in one file are published together; gRPC reads it twice, and again when it changed meanwhile.
  reloader->provider_ = std::make_shared<grpc::experimental::FileWatcherCertificateProvider>(
      identity, identity, reloader->asks_for_client_certificates() ? PathOf(reloader->client_ca_) : "",
      kProviderRefreshSeconds);
  if (poll_interval != absl::InfiniteDuration()) {
    reloader->thread_ = std::thread([r = reloader.get(), poll_interval] { r->Run(poll_interval); });
  }
  return reloader;
}

CertificateReloader::CertificateReloader(CertificateFiles files, const base::Clock& clock, observe::Metrics& metrics,
                                         observe::Logger& logger)
    : files_(std::move(files)),
      clock_(clock),
      metrics_(metrics),
      logger_(logger),
      identity_(MemoryFile("derms-identity")),
      client_ca_(MemoryFile("derms-client-ca")) {}

CertificateReloader::~CertificateReloader() {
  {
    absl::MutexLock lock(&mutex_);
    stopping_ = true;
  }
  if (thread_.joinable()) thread_.join();
}

std::string CertificateReloader::Stamp() const {
  std::string stamp;
  for (const auto* path : {&files_.certificate, &files_.key, &files_.client_ca}) {
    struct stat status {};
    if (stat(path->c_str(), &status) != 0) continue;
    absl::StrAppend(&stamp, status.st_dev, ":", status.st_ino, ":", status.st_size, ":", status.st_mtim.tv_sec, ".",
                    status.st_mtim.tv_nsec, ";");
  }
  return stamp;
}

absl::Status CertificateReloader::Load() {
  std::string stamp = Stamp();  // before reading: a change while we read is seen by the next look
  {
    absl::MutexLock lock(&mutex_);
    stamp_ = std::move(stamp);
  }
  ASSIGN_OR_RETURN(const VerifiedCertificate verified, LoadVerified(files_, clock_.Now()));
  RETURN_IF_ERROR(Publish(verified));
  absl::MutexLock lock(&mutex_);
  expires_at_ = verified.expires_at;
  return absl::OkStatus();
}

absl::Status CertificateReloader::Publish(const VerifiedCertificate& verified) {
  RETURN_IF_ERROR(Overwrite(identity_, verified.identity_pem));
  return Overwrite(client_ca_, verified.client_ca_pem);
}

void CertificateReloader::Poll() {
  {
    absl::MutexLock lock(&mutex_);
    if (Stamp() == stamp_) return;
  }
  const absl::Status status = Load();
  metrics_.CertificateReload(status.ok());
  if (status.ok()) {
    logger_.Info("certificate reloaded", {{"expires_at", absl::FormatTime(expires_at(), absl::UTCTimeZone())}});
  } else {
    logger_.Error("changed certificate refused; the old one stays in use", {{"error", std::string(status.message())}});
  }
}

absl::Time CertificateReloader::expires_at() const {
  absl::MutexLock lock(&mutex_);
  return expires_at_;
}

void CertificateReloader::Run(absl::Duration poll_interval) {
  const auto stopping = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return stopping_; };
  while (true) {
    {
      absl::MutexLock lock(&mutex_);
      if (mutex_.AwaitWithTimeout(absl::Condition(&stopping), poll_interval)) return;
    }
    Poll();
  }
}

}  // namespace derms::server
