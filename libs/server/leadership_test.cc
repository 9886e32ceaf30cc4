// Who leads, as far as a process can know; what the lease itself does is libs/store/lease_test.cc.
#include "libs/server/leadership.h"

#include <gmock/gmock.h>

#include <sstream>
#include <vector>

#include "absl/time/clock.h"
#include "libs/base/error.h"

namespace derms::server {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

using Token = std::optional<std::int64_t>;

// Answers what the test sets.
class PlayedLeases final : public store::Leases {
 public:
  absl::StatusOr<Token> Acquire(const std::string&, const std::string& holder, absl::Duration, absl::Time) override {
    holders.push_back(holder);
    return answer;
  }
  absl::Status Release(const std::string&, std::int64_t token, absl::Time) override {
    released.push_back(token);
    return absl::OkStatus();
  }
  absl::StatusOr<Token> answer = Token();
  std::vector<std::string> holders;
  std::vector<std::int64_t> released;
};

class LeadershipTest : public ::testing::Test {
 protected:
  Leadership Make(absl::Duration ttl) { return {{"policies", "process-1", ttl}, leases_, logger_}; }
  static Token TokenOf(const Leadership& leadership) {
    const auto fence = leadership.fence();
    EXPECT_TRUE(!fence || fence->lease_name == "policies");
    return fence ? Token(fence->token) : Token();
  }

  PlayedLeases leases_;
  std::ostringstream log_;
  observe::Logger logger_{{.service = "test"}, log_};
};

TEST_F(LeadershipTest, IsWhatTheLeaseSays) {
  Leadership leadership = Make(absl::Minutes(1));
  EXPECT_EQ(TokenOf(leadership), Token()) << "nobody has asked yet";
  leadership.Try();
  EXPECT_EQ(TokenOf(leadership), Token()) << "another has it";
  leases_.answer = Token(7);
  leadership.Try();
  EXPECT_EQ(TokenOf(leadership), Token(7));
  leases_.answer = Token();
  leadership.Try();
  EXPECT_EQ(TokenOf(leadership), Token());
  EXPECT_THAT(leases_.holders, ElementsAre("process-1", "process-1", "process-1"));
}

TEST_F(LeadershipTest, WithoutAnAnswerWhatWasGrantedHoldsUntilItsEnd) {
  const absl::Duration ttl = absl::Milliseconds(300);
  Leadership leadership = Make(ttl);
  const absl::Time asked_at = absl::Now();
  leases_.answer = Token(7);
  leadership.Try();
  leases_.answer = base::Unavailable("DATABASE_UNAVAILABLE", "the database cannot be reached");
  leadership.Try();
  const Token token = TokenOf(leadership);
  EXPECT_TRUE(token == Token(7) || absl::Now() >= asked_at + ttl);
  absl::SleepFor(ttl);
  EXPECT_EQ(TokenOf(leadership), Token());
}

TEST_F(LeadershipTest, WhoStopsGivesTheLeaseBack) {
  Leadership leadership = Make(absl::Minutes(1));
  leadership.Stop();
  EXPECT_THAT(leases_.released, IsEmpty()) << "there was nothing to give";
  leases_.answer = Token(7);
  leadership.Try();
  leadership.Stop();
  EXPECT_THAT(leases_.released, ElementsAre(7));
  EXPECT_EQ(TokenOf(leadership), Token());
}

}  // namespace
}  // namespace derms::server
