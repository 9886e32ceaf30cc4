#include "libs/client/testing/tls_server.h"

#include <grpcpp/security/server_credentials.h>
#include <grpcpp/server_builder.h>
#include <gtest/gtest.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <fstream>

#include "absl/strings/str_cat.h"

namespace derms::client::testing {
namespace {

std::string Pem(BIO* bio) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio, &data);
  std::string text(data, static_cast<std::size_t>(size));
  BIO_free(bio);
  return text;
}

void AddExtension(X509* certificate, int nid, const char* value) {
  X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, nullptr, nid, value);
  X509_add_ext(certificate, extension, -1);
  X509_EXTENSION_free(extension);
}

}  // namespace

TlsIdentity MakeTlsIdentity() {
  EVP_PKEY* key = EVP_EC_gen("P-256");
  X509* certificate = X509_new();
  X509_set_version(certificate, 2);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1);
  X509_gmtime_adj(X509_getm_notBefore(certificate), -60);
  X509_gmtime_adj(X509_getm_notAfter(certificate), 3600);
  X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate), "CN", MBSTRING_ASC,
                             reinterpret_cast<const unsigned char*>("localhost"), -1, -1, 0);
  X509_set_issuer_name(certificate, X509_get_subject_name(certificate));
  AddExtension(certificate, NID_subject_alt_name, "DNS:localhost");
  AddExtension(certificate, NID_basic_constraints, "critical,CA:TRUE");
  X509_set_pubkey(certificate, key);
  X509_sign(certificate, key, EVP_sha256());
  BIO* certificate_pem = BIO_new(BIO_s_mem());
  PEM_write_bio_X509(certificate_pem, certificate);
  BIO* key_pem = BIO_new(BIO_s_mem());
  PEM_write_bio_PrivateKey(key_pem, key, nullptr, nullptr, 0, nullptr, nullptr);
  X509_free(certificate);
  EVP_PKEY_free(key);
  return {Pem(certificate_pem), Pem(key_pem)};
}

std::string WriteTemporaryFile(const std::string& name, const std::string& content) {
  const std::string path = absl::StrCat(::testing::TempDir(), "/derms_", getpid(), "_", name);
  std::ofstream(path, std::ios::trunc) << content;
  return path;
}

TlsServer::TlsServer(std::initializer_list<grpc::Service*> services, int port) {
  const TlsIdentity identity = MakeTlsIdentity();
  ca_file_ =
      WriteTemporaryFile(absl::StrCat("ca_", reinterpret_cast<std::uintptr_t>(this), ".pem"), identity.certificate);
  grpc::SslServerCredentialsOptions tls;
  tls.pem_key_cert_pairs.push_back({identity.key, identity.certificate});
  grpc::ServerBuilder builder;
  builder.AddListeningPort(absl::StrCat("localhost:", port), grpc::SslServerCredentials(tls), &port_);
  for (grpc::Service* service : services) builder.RegisterService(service);
  server_ = builder.BuildAndStart();
}

TlsServer::~TlsServer() {
  if (server_) server_->Shutdown(std::chrono::system_clock::now());
}

std::string TlsServer::address() const {
  return absl::StrCat("localhost:", port_);
}

Pacing InstantPacing::pacing() {
  return {[this](absl::Duration wait) { waits.push_back(wait); }, [] { return 0.5; }};
}

}  // namespace derms::client::testing
