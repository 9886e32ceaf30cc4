#include "libs/auth/peer_identity.h"

#include <grpc/grpc_security_constants.h>
#include <openssl/asn1.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <ctime>
#include <memory>
#include <string_view>
#include <utility>

#include "libs/auth/claims.h"
#include "libs/base/error.h"

namespace derms::auth {
namespace {

constexpr std::string_view kPrincipalPrefix = "spiffe://derms/principal/";
constexpr std::size_t kCertificateCacheEntries = 10'000;

std::vector<std::string> Values(const grpc::AuthContext& context, const char* property) {
  std::vector<std::string> values;
  for (const grpc::string_ref& value : context.FindPropertyValues(property)) {
    values.emplace_back(value.data(), value.size());
  }
  return values;
}

// notAfter of a PEM certificate; none when it cannot be read.
std::optional<absl::Time> EndOfCertificate(const std::string& pem) {
  const std::unique_ptr<BIO, decltype(&BIO_free)> text(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())),
                                                       BIO_free);
  const std::unique_ptr<X509, decltype(&X509_free)> certificate(
      PEM_read_bio_X509(text.get(), nullptr, nullptr, nullptr), X509_free);
  std::tm end = {};
  if (!certificate || ASN1_TIME_to_tm(X509_get0_notAfter(certificate.get()), &end) != 1) {
    ERR_clear_error();  // gRPC's TLS reads this thread's queue too
    return std::nullopt;
  }
  return absl::FromTM(end, absl::UTCTimeZone());
}

}  // namespace

absl::StatusOr<std::optional<std::string>> SubjectOfUris(const std::vector<std::string>& uris) {
  std::optional<std::string> subject;
  for (const std::string& uri : uris) {
    if (uri.rfind(kPrincipalPrefix, 0) != 0) continue;
    std::string name = uri.substr(kPrincipalPrefix.size());
    if (subject) return base::Unauthenticated("CERTIFICATE_IDENTITY", "the certificate names two principals");
    if (!IsValidSubject(name) || name.find_first_of("/?#%") != std::string::npos) {
      return base::Unauthenticated("CERTIFICATE_IDENTITY", "the certificate's principal is not a valid subject");
    }
    subject = std::move(name);
  }
  return subject;
}

PeerIdentifier::PeerIdentifier() : cache_(kCertificateCacheEntries) {}

absl::StatusOr<std::optional<PeerIdentity>> PeerIdentifier::Identify(const grpc::AuthContext& context) {
  const std::vector<std::string> pem = Values(context, GRPC_X509_PEM_CERT_PROPERTY_NAME);
  if (!context.IsPeerAuthenticated() || pem.size() != 1) return std::optional<PeerIdentity>();
  const base::Sha256Digest digest = base::Sha256(pem[0]);
  if (const auto known = cache_.Find(digest)) return *known;

  ASSIGN_OR_RETURN(const std::optional<std::string> subject,
                   SubjectOfUris(Values(context, GRPC_PEER_URI_PROPERTY_NAME)));
  std::optional<PeerIdentity> identity;
  if (subject) {
    const std::optional<absl::Time> end = EndOfCertificate(pem[0]);
    if (!end) return base::Unauthenticated("CERTIFICATE_IDENTITY", "the certificate cannot be read");
    identity = PeerIdentity{*subject, *end};
  }
  cache_.Put(digest, identity);
  return identity;
}

}  // namespace derms::auth
