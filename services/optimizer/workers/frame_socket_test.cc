// Frames between two ends of a socket pair.
#include "services/optimizer/workers/frame_socket.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>

#include <cstdint>
#include <string>
#include <thread>
#include <utility>

namespace derms::optimizer {
namespace {

class FrameSocketTest : public ::testing::Test {
 protected:
  FrameSocketTest() : FrameSocketTest(Pair()) {}

  static bool Patient() { return true; }
  FrameSocket one_, other_;

 private:
  explicit FrameSocketTest(std::pair<int, int> ends)
      : one_(server::OwnedFd(ends.first)), other_(server::OwnedFd(ends.second)) {}
  static std::pair<int, int> Pair() {
    int ends[2];
    EXPECT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
    return {ends[0], ends[1]};
  }
};

TEST_F(FrameSocketTest, FramesArriveInOrderWithTheirKinds) {
  EXPECT_EQ(one_.Send(FrameKind::kCancel, "", Patient), Transfer::kDone);
  EXPECT_EQ(one_.Send(FrameKind::kProgress, "lp", Patient), Transfer::kDone);
  Frame frame;
  ASSERT_EQ(other_.Receive(frame, Patient), Transfer::kDone);
  EXPECT_EQ(frame.kind, FrameKind::kCancel);
  EXPECT_EQ(frame.bytes, "");
  ASSERT_EQ(other_.Receive(frame, Patient), Transfer::kDone);
  EXPECT_EQ(frame.kind, FrameKind::kProgress);
  EXPECT_EQ(frame.bytes, "lp");
}

TEST_F(FrameSocketTest, AFrameLargerThanAnySocketsBufferArrivesWhole) {
  std::string large(50'000'000, '\0');
  for (std::size_t i = 0; i < large.size(); ++i) large[i] = static_cast<char>(i * 7 + i / 251);
  std::thread sender([&] { EXPECT_EQ(one_.Send(FrameKind::kJob, large, Patient), Transfer::kDone); });
  Frame frame;
  EXPECT_EQ(other_.Receive(frame, Patient), Transfer::kDone);
  sender.join();
  EXPECT_TRUE(frame.bytes == large);
}

TEST_F(FrameSocketTest, WaitingEndsWhenTheCallersPatienceDoes) {
  int asked = 0;
  Frame frame;
  EXPECT_EQ(other_.Receive(frame, [&] { return ++asked < 3; }), Transfer::kGivenUp);
  EXPECT_EQ(asked, 3);
  asked = 0;
  EXPECT_EQ(one_.Send(FrameKind::kJob, std::string(10'000'000, 'x'), [&] { return ++asked < 3; }), Transfer::kGivenUp);
}

TEST_F(FrameSocketTest, AnEndThatIsGoneIsNoticed) {
  { const FrameSocket gone = std::move(other_); }
  Frame frame;
  EXPECT_EQ(one_.Receive(frame, Patient), Transfer::kClosed);
  EXPECT_EQ(one_.Send(FrameKind::kJob, "x", Patient), Transfer::kClosed);
}

TEST_F(FrameSocketTest, ALengthBeyondAllFramesIsNoFrame) {
  const std::uint64_t header[2] = {5, kMaxFrameBytes + 1};
  ASSERT_EQ(send(one_.fd(), header, sizeof header, 0), static_cast<ssize_t>(sizeof header));
  Frame frame;
  EXPECT_EQ(other_.Receive(frame, Patient), Transfer::kClosed);
  EXPECT_LT(frame.bytes.capacity(), 1000u);
}

}  // namespace
}  // namespace derms::optimizer
