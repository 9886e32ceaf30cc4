#include "services/optimizer/workers/frame_socket.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <new>
#include <string>
#include <utility>

namespace derms::optimizer {
namespace {

constexpr int kPatienceAskedEveryMs = 10;
constexpr std::size_t kPart = std::size_t{1} << 20;

struct Header {
  std::uint32_t kind = 0;
  std::uint32_t reserved = 0;
  std::uint64_t size = 0;
};

// Addresses for a frame, not memory: that is used up as bytes come, whatever the header says.
bool Reserve(std::uint64_t size, std::string& bytes) {
  try {
    bytes.clear();
    bytes.reserve(size);
    return true;
  } catch (const std::bad_alloc&) {
    return false;
  }
}

bool WouldBlock() {
  return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
}

// False: the caller has given up.
bool Wait(int fd, short events, const Patience& patience) {
  while (true) {
    if (!patience()) return false;
    pollfd waited{fd, events, 0};
    if (poll(&waited, 1, kPatienceAskedEveryMs) > 0) return true;
  }
}

}  // namespace

FrameSocket::FrameSocket(server::OwnedFd socket) : socket_(std::move(socket)) {
  fcntl(socket_.get(), F_SETFL, fcntl(socket_.get(), F_GETFL) | O_NONBLOCK);
}

Transfer FrameSocket::Send(FrameKind kind, std::string_view bytes, const Patience& patience) {
  const Header header{static_cast<std::uint32_t>(kind), 0, bytes.size()};
  const Transfer sent = SendBytes(&header, sizeof header, patience);
  return sent == Transfer::kDone ? SendBytes(bytes.data(), bytes.size(), patience) : sent;
}

Transfer FrameSocket::SendBytes(const void* data, std::size_t size, const Patience& patience) {
  const char* from = static_cast<const char*>(data);
  while (size > 0) {
    const ssize_t sent = send(fd(), from, size, MSG_NOSIGNAL);
    if (sent >= 0) {
      from += sent;
      size -= static_cast<std::size_t>(sent);
    } else if (!WouldBlock()) {
      return Transfer::kClosed;
    } else if (!Wait(fd(), POLLOUT, patience)) {
      return Transfer::kGivenUp;
    }
  }
  return Transfer::kDone;
}

Transfer FrameSocket::Receive(Frame& frame, const Patience& patience) {
  Header header;
  const Transfer begun = ReceiveBytes(&header, sizeof header, patience);
  if (begun != Transfer::kDone) return begun;
  if (header.size > kMaxFrameBytes || !Reserve(header.size, frame.bytes)) return Transfer::kClosed;
  frame.kind = static_cast<FrameKind>(header.kind);
  while (frame.bytes.size() < header.size) {
    const std::size_t have = frame.bytes.size();
    const std::size_t part = std::min<std::size_t>(header.size - have, kPart);
    frame.bytes.resize(have + part);
    const Transfer received = ReceiveBytes(frame.bytes.data() + have, part, patience);
    if (received != Transfer::kDone) return received;
  }
  return Transfer::kDone;
}

Transfer FrameSocket::ReceiveBytes(void* data, std::size_t size, const Patience& patience) {
  char* to = static_cast<char*>(data);
  while (size > 0) {
    const ssize_t received = recv(fd(), to, size, 0);
    if (received > 0) {
      to += received;
      size -= static_cast<std::size_t>(received);
    } else if (received == 0 || !WouldBlock()) {
      return Transfer::kClosed;
    } else if (!Wait(fd(), POLLIN, patience)) {
      return Transfer::kGivenUp;
    }
  }
  return Transfer::kDone;
}

}  // namespace derms::optimizer
