#include "libs/auth/jwks_file.h"

#include <gtest/gtest.h>
#include <sys/time.h>

#include <atomic>
#include <cstdio>
#include <filesystem>
#include <fstream>

#include "absl/synchronization/notification.h"
#include "absl/time/clock.h"
#include "libs/auth/testing/token_maker.h"

namespace derms::auth {
namespace {

struct Reports final : public JwksObserver {
  void OnKeysLoaded(const KeySet&) override {
    ++loaded;
    if (loaded == 2) second_load.Notify();
  }
  void OnKeysRefused(const absl::Status&) override { ++refused; }
  std::atomic<int> loaded = 0;
  std::atomic<int> refused = 0;
  absl::Notification second_load;
};

class JwksFileTest : public testing::Test {
 protected:
  JwksFileTest() { std::filesystem::create_directory(folder_); }
  ~JwksFileTest() override { std::filesystem::remove_all(folder_); }

  void Write(const std::string& text) const {  // by rename, as documented
    std::ofstream(path_ + ".new") << text;
    std::filesystem::rename(path_ + ".new", path_);
  }
  std::unique_ptr<JwksFile> Open() { return JwksFile::Open(path_, clock_, reports_, absl::InfiniteDuration()).value(); }

  const std::filesystem::path folder_ =
      std::filesystem::temp_directory_path() / ("derms_jwks_" + std::to_string(getpid()));
  const std::string path_ = folder_ / "jwks.json";
  base::ManualClock clock_{absl::FromUnixSeconds(1'800'000'000)};
  Reports reports_;
};

TEST_F(JwksFileTest, DoesNotOpenWithoutGoodKeys) {
  EXPECT_FALSE(JwksFile::Open(path_, clock_, reports_).ok()) << "missing";
  Write("{}");
  EXPECT_FALSE(JwksFile::Open(path_, clock_, reports_).ok()) << "no keys";
  EXPECT_FALSE(JwksFile::Open(folder_, clock_, reports_).ok()) << "a folder";
}

TEST_F(JwksFileTest, ReadsAReplacedFileOnceAndKeepsOldSetsAlive) {
  Write(Jwks({TestKey::Es256("old")}));
  const auto file = Open();
  const auto before = file->Keys();
  Write(Jwks({TestKey::Es256("old"), TestKey::Es256("new")}));
  EXPECT_EQ(file->Keys()->Find("new"), nullptr) << "not before a poll";
  file->Poll();
  EXPECT_NE(file->Keys()->Find("new"), nullptr);
  EXPECT_NE(before->Find("old"), nullptr);
  file->Poll();
  EXPECT_EQ(reports_.loaded, 2) << "an unchanged file is not read again";
}

TEST_F(JwksFileTest, KeepsTheLastGoodSetAndReportsAFailureOnce) {
  Write(Jwks({TestKey::Es256("old")}));
  const auto file = Open();
  Write("{\"keys\": [");
  file->Poll();
  file->Poll();
  EXPECT_EQ(reports_.refused, 1);
  std::filesystem::remove(path_);
  file->Poll();
  EXPECT_EQ(reports_.refused, 2) << "another failure";
  EXPECT_NE(file->Keys()->Find("old"), nullptr);
  Write(Jwks({TestKey::Es256("new")}));
  file->Poll();
  EXPECT_NE(file->Keys()->Find("new"), nullptr);
  EXPECT_EQ(file->Keys()->Find("old"), nullptr) << "a retired key is gone";
}

// A file whose stamp did not move, as on file systems with coarse times.
TEST_F(JwksFileTest, UnknownKeyForcesAReadAtMostOnceInTenSeconds) {
  Write(Jwks({TestKey::Es256("k")}));
  const auto file = Open();
  file->NoteUnknownKey();
  file->Poll();
  EXPECT_EQ(reports_.loaded, 2);
  for (int i = 0; i < 1000; ++i) file->NoteUnknownKey();
  file->Poll();
  EXPECT_EQ(reports_.loaded, 2);
  clock_.Advance(kUnknownKeyReloadInterval);
  file->NoteUnknownKey();
  file->Poll();
  EXPECT_EQ(reports_.loaded, 3);
}

TEST_F(JwksFileTest, ThreadFollowsTheFileAndStops) {
  Write(Jwks({TestKey::Es256("old")}));
  const auto file = JwksFile::Open(path_, clock_, reports_, absl::Milliseconds(5)).value();
  Write(Jwks({TestKey::Es256("new")}));
  reports_.second_load.WaitForNotification();
  EXPECT_NE(file->Keys()->Find("new"), nullptr);
}

}  // namespace
}  // namespace derms::auth
