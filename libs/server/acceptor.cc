#include "libs/server/acceptor.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "absl/time/clock.h"
#include "libs/server/listen.h"

namespace derms::server {
namespace {

constexpr absl::Duration kSweepEvery = absl::Milliseconds(500);
constexpr absl::Duration kSweepAtCapEvery = absl::Milliseconds(50);  // bounds what a flood of refused ones can cost
constexpr absl::Duration kPauseWithoutDescriptors = absl::Milliseconds(50);
constexpr absl::Duration kLogRefusalsEvery = absl::Seconds(10);
constexpr int kAcceptsPerTurn = 64;

std::string AddressKey(const sockaddr_storage& address) {
  char text[INET6_ADDRSTRLEN] = "";
  if (address.ss_family == AF_INET) {
    inet_ntop(AF_INET, &reinterpret_cast<const sockaddr_in&>(address).sin_addr, text, sizeof text);
  } else {  // one customer has a /64
    in6_addr prefix = reinterpret_cast<const sockaddr_in6&>(address).sin6_addr;
    std::memset(prefix.s6_addr + 8, 0, 8);
    inet_ntop(AF_INET6, &prefix, text, sizeof text);
  }
  return text;
}

ino_t InodeOf(int fd) {
  struct stat status {};
  return fstat(fd, &status) == 0 ? status.st_ino : 0;
}

bool MeansNoDescriptor(int error) {
  return error == EMFILE || error == ENFILE || error == ENOBUFS || error == ENOMEM;
}

OwnedFd OpenSpare() {
  return OwnedFd(open("/dev/null", O_RDONLY | O_CLOEXEC));
}

int CapWithinLimit(int wanted) {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) return wanted;
  const auto available = static_cast<std::int64_t>(limit.rlim_cur) - Acceptor::kReservedDescriptors;
  return static_cast<int>(std::clamp<std::int64_t>(available, 1, wanted));
}

}  // namespace

int RaiseDescriptorLimit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return 0;
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
  getrlimit(RLIMIT_NOFILE, &limit);
  return static_cast<int>(std::min<rlim_t>(limit.rlim_cur, 1 << 30));
}

OwnedFd& OwnedFd::operator=(OwnedFd&& other) noexcept {
  if (this != &other) {
    Reset();
    fd_ = other.Release();
  }
  return *this;
}
int OwnedFd::Release() {
  const int fd = fd_;
  fd_ = -1;
  return fd;
}
void OwnedFd::Reset() {
  if (fd_ >= 0) close(fd_);
  fd_ = -1;
}

absl::StatusOr<std::unique_ptr<Acceptor>> Acceptor::Listen(const Options& options, observe::Metrics& metrics,
                                                           observe::Logger& logger) {
  auto sockets = OpenListeningSockets(options.listen_address, options.port);
  if (!sockets.ok()) return sockets.status();
  return std::unique_ptr<Acceptor>(new Acceptor(std::move(sockets->fds), sockets->port, options, metrics, logger));
}

Acceptor::Acceptor(std::vector<OwnedFd> listeners, int port, const Options& options, observe::Metrics& metrics,
                   observe::Logger& logger)
    : max_connections_(CapWithinLimit(options.max_connections)),
      max_per_address_(options.max_connections_per_address),
      port_(port),
      metrics_(metrics),
      logger_(logger),
      listeners_(std::move(listeners)),
      wake_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)),
      spare_(OpenSpare()) {}

Acceptor::~Acceptor() {
  Stop();
}

void Acceptor::Start(HandOver hand_over) {
  hand_over_ = std::move(hand_over);
  thread_ = std::thread([this] { Run(); });
}

void Acceptor::Stop() {
  if (thread_.joinable()) {
    eventfd_write(wake_.get(), 1);
    thread_.join();
  }
  listeners_.clear();
}

void Acceptor::Run() {
  while (true) {
    std::vector<pollfd> watched = {{wake_.get(), POLLIN, 0}};
    const bool paused = absl::Now() < pause_until_;  // the backlog of the kernel keeps what comes meanwhile
    if (!paused) {
      for (const auto& listener : listeners_) watched.push_back({listener.get(), POLLIN, 0});
    }
    const absl::Duration wait = paused ? kPauseWithoutDescriptors : kSweepEvery;
    poll(watched.data(), watched.size(), static_cast<int>(absl::ToInt64Milliseconds(wait)));
    if (watched[0].revents != 0) return;
    for (std::size_t i = 1; i < watched.size(); ++i) {
      if (watched[i].revents != 0) AcceptAll(watched[i].fd);
    }
    if (absl::Now() - last_sweep_ >= kSweepEvery) Sweep();
  }
}

void Acceptor::AcceptAll(int listener) {
  for (int i = 0; i < kAcceptsPerTurn; ++i) {
    sockaddr_storage address{};
    socklen_t size = sizeof address;
    OwnedFd connection(accept4(listener, reinterpret_cast<sockaddr*>(&address), &size, SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (connection.get() >= 0) {
      Admit(listener, std::move(connection), AddressKey(address));
    } else if (MeansNoDescriptor(errno)) {
      ShedWithSpare(listener);
      pause_until_ = absl::Now() + kPauseWithoutDescriptors;
      return;
    } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
      return;
    }  // anything else is about that one connection (ECONNABORTED, EPERM): go on
  }
}

void Acceptor::Admit(int listener, OwnedFd connection, const std::string& address) {
  std::string refusal = Refusal(address);
  if (!refusal.empty() && absl::Now() - last_sweep_ >= kSweepAtCapEvery) {
    Sweep();  // some may have ended since the last one
    refusal = Refusal(address);
  }
  if (!refusal.empty()) return Refuse(refusal);
  const int on = 1;
  setsockopt(connection.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  const auto old = connections_.find(connection.get());
  if (old != connections_.end()) {  // ended and its number reused before a sweep saw it
    --per_address_[old->second.address];
    connections_.erase(old);
  }
  connections_[connection.get()] = {InodeOf(connection.get()), address};
  ++per_address_[address];
  metrics_.SetConnections(static_cast<std::int64_t>(connections_.size()));
  hand_over_(listener, connection.Release());
}

std::string Acceptor::Refusal(const std::string& address) const {
  if (static_cast<int>(connections_.size()) >= max_connections_) return "global";
  const auto count = per_address_.find(address);
  return count != per_address_.end() && count->second >= max_per_address_ ? "address" : "";
}

// Without a free descriptor a waiting connection can be neither taken nor turned away, and poll would spin on it:
// give up the spare one, accept, close, and take the spare again.
void Acceptor::ShedWithSpare(int listener) {
  spare_.Reset();
  OwnedFd connection(accept4(listener, nullptr, nullptr, SOCK_CLOEXEC));
  connection.Reset();
  spare_ = OpenSpare();
  Refuse("descriptors");
}

void Acceptor::Sweep() {
  last_sweep_ = absl::Now();
  for (auto it = connections_.begin(); it != connections_.end();) {
    if (InodeOf(it->first) == it->second.inode) {
      ++it;
      continue;
    }
    const auto count = per_address_.find(it->second.address);
    if (--count->second == 0) per_address_.erase(count);
    it = connections_.erase(it);
  }
  if (spare_.get() < 0) spare_ = OpenSpare();
  metrics_.SetConnections(static_cast<std::int64_t>(connections_.size()));
}

void Acceptor::Refuse(const std::string& reason) {
  metrics_.ConnectionRefused(reason);
  if (absl::Now() - last_refusal_log_ < kLogRefusalsEvery) return;  // a flood must not become a flood of lines
  last_refusal_log_ = absl::Now();
  logger_.Warning("connections are being refused",
                  {{"reason", reason}, {"open", static_cast<std::int64_t>(connections_.size())}});
}

}  // namespace derms::server
