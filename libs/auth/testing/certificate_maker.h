// For tests: a certificate authority in memory.
#pragma once

#include <openssl/types.h>

#include <memory>
#include <string>
#include <vector>

#include "absl/time/clock.h"
#include "absl/time/time.h"

namespace derms::auth {

struct Certificate {
  std::string pem;
  std::string key_pem;
};

struct CertificateWish {
  std::string common_name = "test";
  std::vector<std::string> dns_names = {};
  std::vector<std::string> uris = {};
  absl::Time not_after = absl::Now() + absl::Hours(24);  // whole seconds
};

class CertificateAuthority {
 public:
  CertificateAuthority();
  std::string pem() const;
  Certificate Issue(const CertificateWish& wish);

 private:
  std::shared_ptr<EVP_PKEY> key_;
  std::shared_ptr<X509> certificate_;
  long serial_ = 1;
};

}  // namespace derms::auth
