#include "libs/server/testing/test_certificates.h"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>

#include "absl/strings/str_cat.h"

namespace derms::server {
namespace {

void Shell(const std::string& command) {
  const std::string quiet = absl::StrCat("(", command, ") >/dev/null 2>&1");
  ASSERT_EQ(std::system(quiet.c_str()), 0) << command;
}

}  // namespace

TestCertificates::TestCertificates() {
  char name[] = "/tmp/derms-test-XXXXXX";
  directory_ = mkdtemp(name);
  Shell(absl::StrCat(
      "cd ", directory_,
      " && openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout ca.key -out ca.pem "
      "-days 1 -subj /CN=test-root"));
}

TestCertificates::~TestCertificates() {
  std::filesystem::remove_all(directory_);
}

CertificateFiles TestCertificates::Issue(const std::string& name, int days) const {
  Shell(absl::StrCat("cd ", directory_, " && openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout ",
                     name, ".key -out ", name, ".csr -subj /CN=", name,
                     " -addext subjectAltName=DNS:localhost,IP:127.0.0.1 && ", "openssl x509 -req -in ", name,
                     ".csr -CA ca.pem -CAkey ca.key -CAcreateserial -copy_extensions copy ", "-days ", days, " -out ",
                     name, ".pem"));
  return {path(name + ".pem"), path(name + ".key"), ""};
}

std::string TestCertificates::ca_pem() const {
  return ReadText(path("ca.pem"));
}

std::string ReadText(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

void CopyOver(const std::string& from, const std::string& to) {
  std::filesystem::copy_file(from, to + ".new", std::filesystem::copy_options::overwrite_existing);
  std::filesystem::rename(to + ".new", to);
}

}  // namespace derms::server
