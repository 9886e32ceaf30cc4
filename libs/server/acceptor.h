// Our own accept loop: takes TCP connections and hands them to gRPC.
//
// gRPC 1.51's own listener never accepts again once the process has run out of file descriptors; this one does, and
// it is the place for connection caps. A connection belongs to gRPC once handed over, and gRPC tells nobody when it
// closes it. Its end is learned by a sweep: fstat on the remembered descriptor number, compared with the inode of the
// socket, which is unique while the socket lives. A number that was closed, or closed and reused for something else,
// shows another inode or none. (A duplicate of the descriptor would keep the connection open; epoll forgets a closed
// descriptor without an event.) A sweep costs about 0.3 us per connection.
#pragma once

#include <sys/types.h>

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "libs/observe/log.h"
#include "libs/observe/metrics.h"

namespace derms::server {

// Raises the soft limit of open descriptors to the hard one and returns it.
int RaiseDescriptorLimit();

// A descriptor that closes itself. Move-only.
class OwnedFd {
 public:
  explicit OwnedFd(int fd = -1) : fd_(fd) {}
  ~OwnedFd() { Reset(); }
  OwnedFd(OwnedFd&& other) noexcept : fd_(other.Release()) {}
  OwnedFd& operator=(OwnedFd&& other) noexcept;
  int get() const { return fd_; }
  int Release();
  void Reset();

 private:
  int fd_;
};

class Acceptor {
 public:
  struct Options {
    // "localhost" (127.0.0.1 and ::1), "*" (every IPv4 and IPv6 address), or one address or host name.
    std::string listen_address = "localhost";
    int port = 0;                            // 0: a free one
    int max_connections = 10000;             // lowered so that kReservedDescriptors stay free
    int max_connections_per_address = 2000;  // an IPv6 address counts with its /64
  };
  static constexpr int kReservedDescriptors = 64;  // database, files, metrics, gRPC itself

  using HandOver = std::function<void(int listener_fd, int connection_fd)>;  // takes ownership of the connection

  // Binds and listens; nothing is accepted yet. UNAVAILABLE PORT_TAKEN or INVALID_ARGUMENT LISTEN_ADDRESS.
  // `metrics` and `logger` outlive the acceptor.
  static absl::StatusOr<std::unique_ptr<Acceptor>> Listen(const Options& options, observe::Metrics& metrics,
                                                          observe::Logger& logger);
  ~Acceptor();
  Acceptor(const Acceptor&) = delete;
  Acceptor& operator=(const Acceptor&) = delete;

  int port() const { return port_; }
  void Start(HandOver hand_over);  // once
  void Stop();                     // closes the listening sockets; connections stay with gRPC

 private:
  struct Connection {
    ino_t inode = 0;
    std::string address;
  };

  Acceptor(std::vector<OwnedFd> listeners, int port, const Options& options, observe::Metrics& metrics,
           observe::Logger& logger);
  void Run();
  void AcceptAll(int listener);
  void Admit(int listener, OwnedFd connection, const std::string& address);
  std::string Refusal(const std::string& address) const;  // empty: admitted
  void ShedWithSpare(int listener);
  void Sweep();
  void Refuse(const std::string& reason);

  const int max_connections_, max_per_address_;
  const int port_;
  observe::Metrics& metrics_;
  observe::Logger& logger_;
  std::vector<OwnedFd> listeners_;
  OwnedFd wake_;
  HandOver hand_over_;
  std::thread thread_;
  // Used by the thread only.
  OwnedFd spare_;  // given up for a moment to accept and close a connection when no descriptor is left
  std::map<int, Connection> connections_;
  std::map<std::string, int> per_address_;
  absl::Time last_sweep_ = absl::InfinitePast();
  absl::Time pause_until_ = absl::InfinitePast();
  absl::Time last_refusal_log_ = absl::InfinitePast();
};

}  // namespace derms::server
