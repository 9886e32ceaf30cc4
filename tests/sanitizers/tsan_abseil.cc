// Shows ThreadSanitizer the locks of Abseil. Debian's Abseil is not instrumented, so its futexes would be invisible and
// every guarded access a data race. These definitions stand in front of the library's, tell the sanitizer what the lock
// orders, and call the library's. Linked into every program of the preset tsan, and into nothing else.
#include <absl/synchronization/mutex.h>
#include <absl/synchronization/notification.h>
#include <dlfcn.h>

#include <cstdlib>
#include <string>

extern "C" {
void __tsan_acquire(void* address);
void __tsan_release(void* address);
void AnnotateIgnoreReadsBegin(const char* file, int line);
void AnnotateIgnoreReadsEnd(const char* file, int line);
void AnnotateIgnoreWritesBegin(const char* file, int line);
void AnnotateIgnoreWritesEnd(const char* file, int line);
}

namespace {

#define DERMS_TEXT_OF(name) #name
#define DERMS_TEXT(name) DERMS_TEXT_OF(name)
constexpr char kNamespace[] = DERMS_TEXT(ABSL_OPTION_INLINE_NAMESPACE_NAME);

// The library's function, by the end of its mangled name; `qualifier` is "K" for a const member.
template <typename Function>
Function* Real(const char* name, const char* qualifier = "") {
  const std::string mangled =
      std::string("_ZN") + qualifier + "4absl" + std::to_string(sizeof kNamespace - 1) + kNamespace + name;
  void* found = dlsym(RTLD_NEXT, mangled.c_str());
  if (found == nullptr) std::abort();  // another Abseil: the names here have to follow it
  return reinterpret_cast<Function*>(found);
}

void Acquire(const void* address) {
  __tsan_acquire(const_cast<void*>(address));
}
void Release(const void* address) {
  __tsan_release(const_cast<void*>(address));
}

// Whoever unlocks evaluates the conditions of those who wait, before the lock is really free and after the sanitizer
// was told that it is.
class OthersConditions {
 public:
  OthersConditions() {
    AnnotateIgnoreReadsBegin(__FILE__, __LINE__);
    AnnotateIgnoreWritesBegin(__FILE__, __LINE__);
  }
  ~OthersConditions() {
    AnnotateIgnoreWritesEnd(__FILE__, __LINE__);
    AnnotateIgnoreReadsEnd(__FILE__, __LINE__);
  }
};

}  // namespace

namespace absl {
ABSL_NAMESPACE_BEGIN

void Mutex::Lock() {
  static auto* const real = Real<void(Mutex*)>("5Mutex4LockEv");
  real(this);
  Acquire(this);
}
void Mutex::Unlock() {
  static auto* const real = Real<void(Mutex*)>("5Mutex6UnlockEv");
  Release(this);
  const OthersConditions ignored;
  real(this);
}
bool Mutex::TryLock() {
  static auto* const real = Real<bool(Mutex*)>("5Mutex7TryLockEv");
  const bool locked = real(this);
  if (locked) Acquire(this);
  return locked;
}
void Mutex::ReaderLock() {
  static auto* const real = Real<void(Mutex*)>("5Mutex10ReaderLockEv");
  real(this);
  Acquire(this);
}
void Mutex::ReaderUnlock() {
  static auto* const real = Real<void(Mutex*)>("5Mutex12ReaderUnlockEv");
  Release(this);
  const OthersConditions ignored;
  real(this);
}
void Mutex::Await(const Condition& condition) {
  static auto* const real = Real<void(Mutex*, const Condition&)>("5Mutex5AwaitERKNS0_9ConditionE");
  Release(this);
  {
    const OthersConditions ignored;
    real(this, condition);
  }
  Acquire(this);
}
bool Mutex::AwaitWithTimeout(const Condition& condition, Duration timeout) {
  static auto* const real =
      Real<bool(Mutex*, const Condition&, Duration)>("5Mutex16AwaitWithTimeoutERKNS0_9ConditionENS0_8DurationE");
  Release(this);
  bool holds = false;
  {
    const OthersConditions ignored;
    holds = real(this, condition, timeout);
  }
  Acquire(this);
  return holds;
}
bool Mutex::AwaitWithDeadline(const Condition& condition, Time deadline) {
  static auto* const real =
      Real<bool(Mutex*, const Condition&, Time)>("5Mutex17AwaitWithDeadlineERKNS0_9ConditionENS0_4TimeE");
  Release(this);
  bool holds = false;
  {
    const OthersConditions ignored;
    holds = real(this, condition, deadline);
  }
  Acquire(this);
  return holds;
}

void Notification::Notify() {
  static auto* const real = Real<void(Notification*)>("12Notification6NotifyEv");
  Release(this);
  real(this);
}
void Notification::WaitForNotification() const {
  static auto* const real = Real<void(const Notification*)>("12Notification19WaitForNotificationEv", "K");
  real(this);
  Acquire(this);
}
bool Notification::WaitForNotificationWithTimeout(Duration timeout) const {
  static auto* const real =
      Real<bool(const Notification*, Duration)>("12Notification30WaitForNotificationWithTimeoutENS0_8DurationE", "K");
  const bool notified = real(this, timeout);
  if (notified) Acquire(this);
  return notified;
}

ABSL_NAMESPACE_END
}  // namespace absl
