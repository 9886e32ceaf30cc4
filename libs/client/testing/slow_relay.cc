#include "libs/client/testing/slow_relay.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"

namespace derms::client::testing {
namespace {

sockaddr_in Loopback(int port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

// False at the end of the connection.
bool PassOn(int from, int to, absl::Duration delay) {
  std::array<char, 16'384> bytes;
  const ssize_t size = recv(from, bytes.data(), bytes.size(), 0);
  if (size <= 0) return false;
  absl::SleepFor(delay);
  return send(to, bytes.data(), static_cast<std::size_t>(size), MSG_NOSIGNAL) == size;
}

}  // namespace

SlowRelay::SlowRelay(int server_port, absl::Duration delay) {
  listener_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address = Loopback(0);
  socklen_t size = sizeof address;
  bind(listener_, reinterpret_cast<sockaddr*>(&address), size);
  listen(listener_, 1);
  getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
  port_ = ntohs(address.sin_port);
  thread_ = std::thread([this, server_port, delay] { Run(server_port, delay); });
}

SlowRelay::~SlowRelay() {
  shutdown(listener_, SHUT_RDWR);
  thread_.join();
  close(listener_);
}

std::string SlowRelay::address() const {
  return absl::StrCat("localhost:", port_);
}

void SlowRelay::Run(int server_port, absl::Duration delay) const {
  const int client = accept(listener_, nullptr, nullptr);
  if (client < 0) return;
  const int server = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const sockaddr_in address = Loopback(server_port);
  bool open = connect(server, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  while (open) {
    std::array<pollfd, 3> watched = {{{client, POLLIN, 0}, {server, POLLIN, 0}, {listener_, POLLHUP, 0}}};
    poll(watched.data(), watched.size(), -1);
    open = (watched[2].revents & POLLHUP) == 0;
    if (open && watched[0].revents != 0) open = PassOn(client, server, delay);
    if (open && watched[1].revents != 0) open = PassOn(server, client, delay);
  }
  close(client);
  close(server);
}

}  // namespace derms::client::testing
