#include "libs/server/listen.h"

#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>
#include <memory>

#include "absl/strings/str_cat.h"
#include "libs/base/error.h"

namespace derms::server {
namespace {

constexpr int kBacklog = 1024;

using AddressList = std::unique_ptr<addrinfo, void (*)(addrinfo*)>;

std::vector<std::string> HostsOf(const std::string& listen_address) {
  if (listen_address == "localhost") return {"127.0.0.1", "::1"};
  if (listen_address == "*") return {"0.0.0.0", "::"};
  return {listen_address};
}

absl::StatusOr<AddressList> Resolve(const std::string& host, int port) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV;
  addrinfo* list = nullptr;
  const int error = getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &list);
  if (error != 0) {
    return base::InvalidArgument("LISTEN_ADDRESS", absl::StrCat("cannot listen on ", host, ": ", gai_strerror(error)));
  }
  return AddressList(list, freeaddrinfo);
}

// The socket, or the errno of what failed.
struct Attempt {
  OwnedFd fd;
  int error = 0;
};

Attempt ListenOn(const addrinfo& address) {
  Attempt attempt;
  attempt.fd = OwnedFd(socket(address.ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  const int fd = attempt.fd.get(), on = 1;
  const bool ok = fd >= 0 && setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) == 0 &&
                  (address.ai_family != AF_INET6 || setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on) == 0) &&
                  bind(fd, address.ai_addr, address.ai_addrlen) == 0 && listen(fd, kBacklog) == 0;
  if (!ok) attempt.error = errno;
  return attempt;
}

int PortOf(int fd) {
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  if (getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) != 0) return 0;
  return ntohs(address.ss_family == AF_INET6 ? reinterpret_cast<sockaddr_in6*>(&address)->sin6_port
                                             : reinterpret_cast<sockaddr_in*>(&address)->sin_port);
}

bool MeansNoSuchFamily(int error) {
  return error == EAFNOSUPPORT || error == EADDRNOTAVAIL;
}

}  // namespace

absl::StatusOr<ListeningSockets> OpenListeningSockets(const std::string& listen_address, int port) {
  ListeningSockets sockets;
  sockets.port = port;
  int last_error = 0;
  for (const auto& host : HostsOf(listen_address)) {
    ASSIGN_OR_RETURN(const AddressList list, Resolve(host, sockets.port));
    Attempt attempt = ListenOn(*list);
    if (attempt.error == 0) {
      sockets.port = PortOf(attempt.fd.get());  // a free port taken for IPv4 is asked for again for IPv6
      sockets.fds.push_back(std::move(attempt.fd));
    } else if (MeansNoSuchFamily(attempt.error)) {
      last_error = attempt.error;
    } else {
      return base::Unavailable("PORT_TAKEN", absl::StrCat("cannot listen on ", host, " port ", sockets.port, ": ",
                                                          std::strerror(attempt.error)));
    }
  }
  if (sockets.fds.empty()) {
    return base::InvalidArgument("LISTEN_ADDRESS",
                                 absl::StrCat("cannot listen on ", listen_address, ": ", std::strerror(last_error)));
  }
  return sockets;
}

}  // namespace derms::server
