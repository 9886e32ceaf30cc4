#include "services/dermsctl/output/control_text.h"

#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "services/dermsctl/input/enum_words.h"

namespace derms::dermsctl {
namespace {

// The ends of protobuf's time, where the services put what has no beginning or end.
constexpr std::int64_t kEarliest = -62'135'596'800, kLatest = 253'402'300'799;

// Ten digits hold any power that is asked for and hide the noise of binary fractions.
std::string Shortly(double value) {
  return absl::StrFormat("%.10g", value == 0 ? 0 : value);  // not "-0"
}

std::string ShareText(double share) {
  return Shortly(share * 100) + " %";
}

template <typename Message>
std::string Says(const Message& message, const std::string& power) {
  if (!message.has_connect()) return power;
  return absl::StrCat(message.connect() ? "connect" : "disconnect", power.empty() ? "" : ", ", power);
}

}  // namespace

std::string KwText(double power_kw) {
  return Shortly(power_kw);
}

std::string PowerText(const v1::ControlPower& power) {
  std::vector<std::string> parts;
  const auto add = [&parts](const char* word, bool given, std::string text) {
    if (given) parts.push_back(absl::StrCat(word, std::move(text)));
  };
  const auto kw = [](double power_kw) { return absl::StrCat(KwText(power_kw), " kW"); };
  add("", power.has_power_kw(), kw(power.power_kw()));
  add("", power.has_power_share(), ShareText(power.power_share()));
  add("at most ", power.has_max_power_kw(), kw(power.max_power_kw()));
  add("at most ", power.has_max_power_share(), ShareText(power.max_power_share()));
  add("at least ", power.has_min_power_kw(), kw(power.min_power_kw()));
  add("at least ", power.has_min_power_share(), ShareText(power.min_power_share()));
  return absl::StrJoin(parts, ", ");
}

std::string SaysText(const v1::Instruction& instruction) {
  return Says(instruction, PowerText(instruction.power()));
}

std::string SaysText(const v1::Control& control) {
  v1::ControlPower power;
  if (control.has_power_kw()) power.set_power_kw(control.power_kw());
  if (control.has_max_power_kw()) power.set_max_power_kw(control.max_power_kw());
  if (control.has_min_power_kw()) power.set_min_power_kw(control.min_power_kw());
  const std::string says = Says(control, PowerText(power));
  if (control.mode() == v1::OPERATING_MODE_UNSPECIFIED) return says;
  return absl::StrCat(says, says.empty() ? "" : ", ", Word(control.mode()));
}

std::string BoundText(const Session& session, const google::protobuf::Timestamp& time) {
  const bool open = time.seconds() <= kEarliest || time.seconds() >= kLatest;
  return open ? "" : session.Time(time);
}

}  // namespace derms::dermsctl
