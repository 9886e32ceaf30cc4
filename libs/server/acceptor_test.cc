#include "libs/server/acceptor.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <fstream>
#include <sstream>

#include "absl/synchronization/mutex.h"
#include "absl/time/clock.h"
#include "libs/base/error.h"

namespace derms::server {
namespace {

using ::testing::HasSubstr;

OwnedFd Connect(int port) {
  OwnedFd fd(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  EXPECT_EQ(connect(fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  return fd;
}

bool ClosedByPeer(const OwnedFd& fd) {  // waits; the caller expects the close
  char byte = 0;
  return read(fd.get(), &byte, 1) <= 0;
}

// Holds what was handed over, as gRPC does.
class Holder {
 public:
  void Take(int fd) {
    absl::MutexLock lock(&mutex_);
    held_.emplace_back(fd);
  }
  void WaitFor(std::size_t count) {
    const auto enough = [&]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return held_.size() >= count; };
    absl::MutexLock lock(&mutex_);
    mutex_.Await(absl::Condition(&enough));
  }
  void CloseAll() {
    absl::MutexLock lock(&mutex_);
    held_.clear();
  }

 private:
  absl::Mutex mutex_;
  std::vector<OwnedFd> held_ ABSL_GUARDED_BY(mutex_);
};

class AcceptorTest : public ::testing::Test {
 protected:
  std::unique_ptr<Acceptor> Open(Acceptor::Options options) {
    auto acceptor = Acceptor::Listen(options, metrics_, logger_);
    EXPECT_TRUE(acceptor.ok()) << acceptor.status();
    (*acceptor)->Start([this](int, int fd) { holder_.Take(fd); });
    return *std::move(acceptor);
  }
  observe::Metrics metrics_;
  std::ostringstream log_;
  observe::Logger logger_{{.service = "test"}, log_};
  Holder holder_;
};

TEST_F(AcceptorTest, TheGlobalCapClosesWhatIsAboveItAndEndsAreNoticed) {
  const auto acceptor = Open({.max_connections = 2});
  const OwnedFd one = Connect(acceptor->port()), two = Connect(acceptor->port());
  holder_.WaitFor(2);
  const OwnedFd three = Connect(acceptor->port());
  EXPECT_TRUE(ClosedByPeer(three));
  EXPECT_THAT(metrics_.Text(), HasSubstr(R"(derms_connections_refused_total{reason="global"} 1)"));

  holder_.CloseAll();                      // gRPC closed them; nobody told the acceptor
  absl::SleepFor(absl::Milliseconds(60));  // longer than the pause between sweeps at the cap
  const OwnedFd four = Connect(acceptor->port());
  holder_.WaitFor(1);
}

TEST_F(AcceptorTest, OneAddressCannotTakeEverything) {
  const auto acceptor = Open({.max_connections = 100, .max_connections_per_address = 1});
  const OwnedFd one = Connect(acceptor->port());
  holder_.WaitFor(1);
  const OwnedFd two = Connect(acceptor->port());
  EXPECT_TRUE(ClosedByPeer(two));
  EXPECT_THAT(metrics_.Text(), HasSubstr(R"(derms_connections_refused_total{reason="address"} 1)"));
}

TEST_F(AcceptorTest, WithoutADescriptorConnectionsAreShedAndServedAgainLater) {
  const auto acceptor = Open({});
  rlimit before{};
  getrlimit(RLIMIT_NOFILE, &before);
  const OwnedFd waiting = OwnedFd(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  rlimit none = before;
  none.rlim_cur = 3;  // below what is open: every new descriptor fails
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &none), 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(acceptor->port()));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  EXPECT_EQ(connect(waiting.get(), reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  while (metrics_.Text().find(R"(reason="descriptors")") == std::string::npos) absl::SleepFor(absl::Milliseconds(5));
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &before), 0);
  const OwnedFd later = Connect(acceptor->port());
  holder_.WaitFor(1);
}

TEST_F(AcceptorTest, APortInUseIsRefusedInsteadOfShared) {
  const auto acceptor = Open({});
  Acceptor::Options same;
  same.port = acceptor->port();
  EXPECT_EQ(base::ReasonOf(Acceptor::Listen(same, metrics_, logger_).status()), "PORT_TAKEN");
}

TEST_F(AcceptorTest, AnAddressThatIsNotOursIsRefused) {
  Acceptor::Options options;
  options.listen_address = "no-such-host.invalid";
  EXPECT_EQ(base::ReasonOf(Acceptor::Listen(options, metrics_, logger_).status()), "LISTEN_ADDRESS");
}

TEST(DescriptorLimit, TheSoftLimitIsRaisedToTheHardOne) {
  rlimit limit{};
  getrlimit(RLIMIT_NOFILE, &limit);
  EXPECT_EQ(static_cast<rlim_t>(RaiseDescriptorLimit()), std::min<rlim_t>(limit.rlim_max, 1 << 30));
}

}  // namespace
}  // namespace derms::server
