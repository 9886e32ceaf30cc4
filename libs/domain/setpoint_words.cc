#include "libs/domain/setpoint_words.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "libs/base/utc_text.h"

namespace derms::domain {
namespace {

const char* SourceWord(ControlSource source) {
  switch (source) {
    case ControlSource::kLockOut:
      return "lock-out";
    case ControlSource::kEmergency:
      return "emergency order";
    case ControlSource::kOperator:
      return "operator's instruction";
    case ControlSource::kLimit:
      return "limit";
    case ControlSource::kSchedule:
      return "schedule";
    case ControlSource::kOwner:
      return "owner's wish";
    case ControlSource::kDefault:
      return "default";
    case ControlSource::kFailSafe:
      return "fail-safe";
  }
  return "control";
}

std::string Kw(double power_kw) {
  return absl::StrFormat("%.10g kW", power_kw);  // a plain StrCat rounds to six digits
}

const Control& At(const std::vector<Control>& controls, int index) {
  return controls.at(static_cast<std::size_t>(index));
}

std::string ClipWords(const Clip& clip, const std::vector<Control>& controls) {
  if (clip.reason == ClipReason::kDisconnected)
    return absl::StrCat("disconnected by ", DescribeControl(At(controls, clip.control)));
  const bool lowered = clip.to_kw < clip.from_kw;
  const std::string change = absl::StrCat(lowered ? "lowered to " : "raised to ", Kw(clip.to_kw));
  if (clip.reason == ClipReason::kCapability)
    return absl::StrCat(change, ", the ", lowered ? "most" : "least", " that the DER can do");
  return absl::StrCat(change, " by ", DescribeControl(At(controls, clip.control)));
}

// What a control says about a field.
std::string Saying(const Control& control, ControlField field) {
  switch (field) {
    case ControlField::kPower:
      return Kw(control.power_kw.value_or(0));
    case ControlField::kMaxPower:
      return absl::StrCat("at most ", Kw(control.max_power_kw.value_or(0)));
    case ControlField::kMinPower:
      return absl::StrCat("at least ", Kw(control.min_power_kw.value_or(0)));
    case ControlField::kMode:
      return std::string(OperatingModeName(control.mode.value_or(OperatingMode::kGridConnected)));
    case ControlField::kConnect:
      break;
  }
  return control.connect.value_or(true) ? "connect" : "disconnect";
}

std::string WhyLost(const Loser& loser, const std::vector<Control>& controls) {
  const Control& own = At(controls, loser.control);
  const std::string other = loser.against == kNoControl ? "" : DescribeControl(At(controls, loser.against));
  switch (loser.reason) {
    case LossReason::kNotYet:
      return absl::StrCat("it starts at ", base::UtcText(own.starts_at));
    case LossReason::kOver:
      return absl::StrCat("it ended at ", base::UtcText(own.valid_until));
    case LossReason::kOutranked:
      return absl::StrCat(other, " is stronger");
    case LossReason::kNewerOfSameSource:
      return absl::StrCat(other, " is newer");
    case LossReason::kTieById:
      return absl::StrCat(other, " is as strong and as new and has the larger id");
    case LossReason::kLessRestrictive:
      return loser.field == ControlField::kConnect ? absl::StrCat(other, " disconnects")
                                                   : absl::StrCat(other, " is tighter");
    case LossReason::kOverridden:
      return absl::StrCat(other, " overrides limits");
    case LossReason::kContradicted:
      return absl::StrCat(other, " is stronger and leaves no room for it");
    case LossReason::kNotFinite:
      break;
  }
  return "it is no number";
}

}  // namespace

std::string DescribeControl(const Control& control) {
  std::string words = SourceWord(control.source);
  if (!control.control_id.empty()) absl::StrAppend(&words, " ", control.control_id);
  if (control.source == ControlSource::kLimit) absl::StrAppend(&words, " of primacy ", control.primacy);
  if (!control.issued_by.empty()) absl::StrAppend(&words, " (", control.issued_by, ")");
  if (control.returns_at) {
    const std::string at = absl::FormatTime("%H:%M:%SZ", *control.returns_at, absl::UTCTimeZone());
    absl::StrAppend(&words, ", returning at ", at);
  }
  return words;
}

std::string DescribeSetpoint(const EffectiveSetpoint& setpoint, const std::vector<Control>& controls) {
  const int winner = setpoint.WinnerOf(ControlField::kPower);
  const double chosen_kw = setpoint.clips.empty() ? setpoint.power_kw : setpoint.clips.front().from_kw;
  std::string words = setpoint.clips.empty() ? "" : absl::StrCat(Kw(setpoint.power_kw), ": ");
  absl::StrAppend(
      &words, Kw(chosen_kw), " by ",
      winner == kNoControl ? "fail-safe, as nobody gives a set-point" : DescribeControl(At(controls, winner)));
  for (const Clip& clip : setpoint.clips) absl::StrAppend(&words, ", ", ClipWords(clip, controls));
  if (!setpoint.connected && setpoint.clips.empty()) {
    const Control& disconnects = At(controls, setpoint.WinnerOf(ControlField::kConnect));
    absl::StrAppend(&words, ", disconnected by ", DescribeControl(disconnects));
  }
  if (const int mode = setpoint.WinnerOf(ControlField::kMode); mode != kNoControl) {
    absl::StrAppend(&words, ", ", std::string(OperatingModeName(setpoint.mode)), " by ",
                    DescribeControl(At(controls, mode)));
  }
  return words;
}

std::string DescribeLoser(const Loser& loser, const std::vector<Control>& controls) {
  const Control& control = At(controls, loser.control);
  return absl::StrCat(Saying(control, loser.field), " by ", DescribeControl(control),
                      " does not count: ", WhyLost(loser, controls));
}

}  // namespace derms::domain
