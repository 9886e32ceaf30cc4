#include "libs/domain/setpoint.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>

namespace derms::domain {
namespace {

LossReason ReasonOf(Precedence by) {
  switch (by) {
    case Precedence::kSource:
    case Precedence::kPrimacy:
      return LossReason::kOutranked;
    case Precedence::kIssuedAt:
      return LossReason::kNewerOfSameSource;
    case Precedence::kControlId:
      break;
  }
  return LossReason::kTieById;
}

// One resolution. Controls are looked at strongest first throughout.
class Resolution {
 public:
  Resolution(const std::vector<Control>& controls, absl::Time at) : first_(controls.data()), at_(at) {
    ranked_.reserve(controls.size());
    for (const Control& control : controls) ranked_.push_back(&control);
    std::sort(ranked_.begin(), ranked_.end(), [](const Control* a, const Control* b) { return IsStronger(*a, *b); });
  }

  EffectiveSetpoint Resolve(const PowerRange& capability) {
    FindEnd();
    ChoosePower();
    IntersectLimits();
    DecideConnection();
    ChooseMode();
    ClipPower(capability);
    return std::move(result_);
  }

 private:
  using List = absl::InlinedVector<const Control*, 16>;
  // The tightest bound of those admitted so far, and all of them.
  struct Bound {
    ControlField field;
    std::optional<double> Control::*member;
    bool smaller_is_tighter;
    const Control* winner = nullptr;
    List admitted;

    double Value(const Control& control) const { return *(control.*member); }
    bool IsTighter(double a, double b) const { return smaller_is_tighter ? a < b : a > b; }
  };

  int IndexOf(const Control* control) const { return control ? static_cast<int>(control - first_) : kNoControl; }

  void Win(ControlField field, const Control* control) {
    result_.winners[static_cast<std::size_t>(field)] = IndexOf(control);
  }
  void Lose(ControlField field, const Control* control, LossReason reason, const Control* against) {
    result_.losers.push_back(
        {.control = IndexOf(control), .against = IndexOf(against), .field = field, .reason = reason});
  }
  void LoseByRank(ControlField field, const Control* control, const Control* stronger) {
    Lose(field, control, ReasonOf(RankOf(*stronger, *control).by), stronger);
  }

  // Whether what the control says about the field counts now; otherwise it is told why not.
  bool Counts(ControlField field, const Control* control, bool is_number = true) {
    std::optional<LossReason> reason;
    if (at_ >= control->valid_until) {
      reason = LossReason::kOver;
    } else if (at_ < control->starts_at) {
      reason = LossReason::kNotYet;
    } else if (!is_number) {
      reason = LossReason::kNotFinite;
    }
    if (reason) Lose(field, control, *reason, nullptr);
    return !reason;
  }

  void FindEnd() {
    for (const Control* control : ranked_) {
      for (const absl::Time change : {control->starts_at, control->valid_until}) {
        if (change > at_) result_.valid_until = std::min(result_.valid_until, change);
      }
    }
  }

  void ChoosePower() {
    for (const Control* control : ranked_) {
      if (!control->power_kw) continue;
      if (!Counts(ControlField::kPower, control, std::isfinite(*control->power_kw))) continue;
      if (power_) {
        LoseByRank(ControlField::kPower, control, power_);
      } else {
        power_ = control;
      }
    }
    Win(ControlField::kPower, power_);
  }

  bool IsOverridden(const Control& limit) const {
    return power_ && power_->source == ControlSource::kEmergency && power_->override_limits &&
           limit.source > ControlSource::kEmergency;
  }

  // Strongest first, so that of bounds that leave nothing between them the stronger one stands.
  void IntersectLimits() {
    for (const Control* control : ranked_) {
      Admit(control, max_, min_);
      Admit(control, min_, max_);
    }
    result_.max_power_kw = Settle(max_);
    result_.min_power_kw = Settle(min_);
  }

  void Admit(const Control* control, Bound& bound, const Bound& opposite) {
    if (!(control->*bound.member)) return;
    const double value = bound.Value(*control);
    if (!Counts(bound.field, control, std::isfinite(value))) return;
    if (IsOverridden(*control)) return Lose(bound.field, control, LossReason::kOverridden, power_);
    if (opposite.winner && bound.IsTighter(value, opposite.Value(*opposite.winner)))
      return Lose(bound.field, control, LossReason::kContradicted, opposite.winner);
    bound.admitted.push_back(control);
    if (!bound.winner || bound.IsTighter(value, bound.Value(*bound.winner))) bound.winner = control;
  }

  std::optional<double> Settle(const Bound& bound) {
    Win(bound.field, bound.winner);
    if (!bound.winner) return std::nullopt;
    const double tightest = bound.Value(*bound.winner);
    for (const Control* control : bound.admitted) {
      if (control == bound.winner) continue;
      if (bound.IsTighter(tightest, bound.Value(*control))) {
        Lose(bound.field, control, LossReason::kLessRestrictive, bound.winner);
      } else {
        LoseByRank(bound.field, control, bound.winner);
      }
    }
    return tightest;
  }

  void DecideConnection() {
    const Control* winner = nullptr;
    for (const Control* control : ranked_) {
      if (!control->connect || !control->HoldsAt(at_)) continue;
      if (!winner || (*winner->connect && !*control->connect)) winner = control;
    }
    for (const Control* control : ranked_) {
      if (control == winner || !control->connect || !Counts(ControlField::kConnect, control)) continue;
      if (*control->connect != *winner->connect) {
        Lose(ControlField::kConnect, control, LossReason::kLessRestrictive, winner);
      } else {
        LoseByRank(ControlField::kConnect, control, winner);
      }
    }
    Win(ControlField::kConnect, winner);
    result_.connected = !winner || *winner->connect;
  }

  void ChooseMode() {
    const Control* winner = nullptr;
    for (const Control* control : ranked_) {
      if (!control->mode || !Counts(ControlField::kMode, control)) continue;
      if (winner) {
        LoseByRank(ControlField::kMode, control, winner);
      } else {
        winner = control;
      }
    }
    Win(ControlField::kMode, winner);
    if (winner) result_.mode = *winner->mode;
  }

  void ClipTo(double to_kw, int control, ClipReason reason) {
    result_.clips.push_back({.from_kw = result_.power_kw, .to_kw = to_kw, .control = control, .reason = reason});
    result_.power_kw = to_kw;
  }

  void ClipPower(const PowerRange& capability) {
    result_.power_kw = power_ ? *power_->power_kw : 0;
    if (!result_.connected) {
      if (result_.power_kw != 0) ClipTo(0, result_.WinnerOf(ControlField::kConnect), ClipReason::kDisconnected);
      return;
    }
    const std::optional<double>& max_kw = result_.max_power_kw;
    const std::optional<double>& min_kw = result_.min_power_kw;
    if (max_kw && result_.power_kw > *max_kw) ClipTo(*max_kw, IndexOf(max_.winner), ClipReason::kMaxPower);
    if (min_kw && result_.power_kw < *min_kw) ClipTo(*min_kw, IndexOf(min_.winner), ClipReason::kMinPower);
    if (result_.power_kw > capability.max_kw) ClipTo(capability.max_kw, kNoControl, ClipReason::kCapability);
    if (result_.power_kw < capability.min_kw) ClipTo(capability.min_kw, kNoControl, ClipReason::kCapability);
  }

  const Control* const first_;
  const absl::Time at_;
  List ranked_;
  const Control* power_ = nullptr;
  Bound max_{.field = ControlField::kMaxPower, .member = &Control::max_power_kw, .smaller_is_tighter = true};
  Bound min_{.field = ControlField::kMinPower, .member = &Control::min_power_kw, .smaller_is_tighter = false};
  EffectiveSetpoint result_;
};

}  // namespace

std::string_view ControlFieldName(ControlField field) {
  switch (field) {
    case ControlField::kPower:
      return "power_kw";
    case ControlField::kMaxPower:
      return "max_power_kw";
    case ControlField::kMinPower:
      return "min_power_kw";
    case ControlField::kConnect:
      return "connect";
    case ControlField::kMode:
      return "mode";
  }
  return "unknown";
}

std::string_view LossReasonName(LossReason reason) {
  switch (reason) {
    case LossReason::kNotYet:
      return "NOT_YET";
    case LossReason::kOver:
      return "OVER";
    case LossReason::kOutranked:
      return "OUTRANKED";
    case LossReason::kNewerOfSameSource:
      return "NEWER_OF_SAME_SOURCE";
    case LossReason::kTieById:
      return "TIE_BY_ID";
    case LossReason::kLessRestrictive:
      return "LESS_RESTRICTIVE";
    case LossReason::kOverridden:
      return "OVERRIDDEN";
    case LossReason::kContradicted:
      return "CONTRADICTED";
    case LossReason::kNotFinite:
      return "NOT_FINITE";
  }
  return "UNKNOWN";
}

std::string_view ClipReasonName(ClipReason reason) {
  switch (reason) {
    case ClipReason::kMaxPower:
      return "MAX_POWER";
    case ClipReason::kMinPower:
      return "MIN_POWER";
    case ClipReason::kCapability:
      return "CAPABILITY";
    case ClipReason::kDisconnected:
      return "DISCONNECTED";
  }
  return "UNKNOWN";
}

EffectiveSetpoint ResolveSetpoint(const PowerRange& capability, const std::vector<Control>& controls, absl::Time at) {
  return Resolution(controls, at).Resolve(capability);
}

}  // namespace derms::domain
