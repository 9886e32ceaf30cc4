#include "libs/auth/testing/certificate_maker.h"

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <stdexcept>

namespace derms::auth {
namespace {

void Demand(bool ok, const char* what) {
  if (!ok) throw std::runtime_error(what);  // ends the test
}

std::shared_ptr<EVP_PKEY> NewKey() {
  return {EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256"), EVP_PKEY_free};
}

template <typename Write>
std::string Pem(Write write) {
  BIO* memory = BIO_new(BIO_s_mem());
  Demand(write(memory) == 1, "PEM");
  char* data = nullptr;
  const long size = BIO_get_mem_data(memory, &data);
  std::string pem(data, static_cast<std::size_t>(size));
  BIO_free(memory);
  return pem;
}

void AddExtension(X509* certificate, int nid, const std::string& value) {
  X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, nullptr, nid, value.c_str());
  Demand(extension != nullptr && X509_add_ext(certificate, extension, -1) == 1, "extension");
  X509_EXTENSION_free(extension);
}

std::shared_ptr<X509> NewCertificate(const std::string& common_name, long serial, EVP_PKEY* key, absl::Time not_after) {
  std::shared_ptr<X509> certificate(X509_new(), X509_free);
  X509_set_version(certificate.get(), X509_VERSION_3);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), serial);
  ASN1_TIME_set(X509_getm_notBefore(certificate.get()), absl::ToTimeT(absl::Now() - absl::Hours(1)));
  ASN1_TIME_set(X509_getm_notAfter(certificate.get()), absl::ToTimeT(not_after));
  X509_set_pubkey(certificate.get(), key);
  X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate.get()), "CN", MBSTRING_UTF8,
                             reinterpret_cast<const unsigned char*>(common_name.c_str()), -1, -1, 0);
  return certificate;
}

std::string AlternativeNames(const CertificateWish& wish) {
  std::string list;
  for (const std::string& name : wish.dns_names) list += (list.empty() ? "DNS:" : ",DNS:") + name;
  for (const std::string& uri : wish.uris) list += (list.empty() ? "URI:" : ",URI:") + uri;
  return list;
}

}  // namespace

CertificateAuthority::CertificateAuthority()
    : key_(NewKey()), certificate_(NewCertificate("Test authority", 1, key_.get(), absl::Now() + absl::Hours(48))) {
  X509_set_issuer_name(certificate_.get(), X509_get_subject_name(certificate_.get()));
  AddExtension(certificate_.get(), NID_basic_constraints, "critical,CA:TRUE");
  Demand(X509_sign(certificate_.get(), key_.get(), EVP_sha256()) > 0, "sign");
}

std::string CertificateAuthority::pem() const {
  return Pem([&](BIO* out) { return PEM_write_bio_X509(out, certificate_.get()); });
}

Certificate CertificateAuthority::Issue(const CertificateWish& wish) {
  const std::shared_ptr<EVP_PKEY> key = NewKey();
  const std::shared_ptr<X509> certificate = NewCertificate(wish.common_name, ++serial_, key.get(), wish.not_after);
  X509_set_issuer_name(certificate.get(), X509_get_subject_name(certificate_.get()));
  AddExtension(certificate.get(), NID_subject_alt_name, AlternativeNames(wish));
  Demand(X509_sign(certificate.get(), key_.get(), EVP_sha256()) > 0, "sign");
  return {Pem([&](BIO* out) { return PEM_write_bio_X509(out, certificate.get()); }), Pem([&](BIO* out) {
            return PEM_write_bio_PrivateKey(out, key.get(), nullptr, nullptr, 0, nullptr, nullptr);
          })};
}

}  // namespace derms::auth
