// Keys and certificates for tests, made by OpenSSL's own tool in a directory that goes away with the object.
#pragma once

#include <string>

#include "libs/server/certificates.h"

namespace derms::server {

class TestCertificates {
 public:
  TestCertificates();  // a root of one day
  ~TestCertificates();
  // A server pair for localhost signed by the root, in NAME.pem and NAME.key; valid for `days` (negative: expired).
  CertificateFiles Issue(const std::string& name, int days = 1) const;
  std::string path(const std::string& name) const { return directory_ + "/" + name; }
  std::string ca_pem() const;

 private:
  std::string directory_;
};

std::string ReadText(const std::string& path);
void CopyOver(const std::string& from, const std::string& to);  // by rename, as an operator should

}  // namespace derms::server
