// A DER through a series of voltage and frequency: rides through, ceases for a moment, trips, comes back. IEEE
// 1547-2018 Tables 11 to 16, 18, 19, 21 and cl. 4.10.
//
// Our reading where the code leaves room: time outside the continuous range runs from its beginning until voltage (or
// frequency) is back inside, and is held against the least time at the present value; permissive operation goes on; a
// cessation begins at once and output comes back `cessation.return_s` after the value left the band; a reconnection may
// not shorten what is beyond a threshold already.
#pragma once

#include <optional>
#include <string_view>

#include "libs/gridcode/enter_service.h"
#include "libs/gridcode/profile.h"
#include "libs/gridcode/trip.h"

namespace derms::gridcode {

// What a DER does. Numbers are those of derms.v1.GridOperation.
enum class Operation {
  kContinuous = 1,          // as the settings say
  kMandatory = 2,           // abnormal; must go on
  kPermissive = 3,          // abnormal; may go on, and does
  kMomentaryCessation = 4,  // gives nothing, comes back by itself
  kCeaseToEnergise = 5,     // gives nothing; may trip
  kUndefined = 6,           // beyond every band; may trip, goes on until a trip function says so
  kTripped = 7,             // off; the enter-service window is not met
  kWaiting = 8,             // off; the window is met and its delay runs
  kEntering = 9,            // on; power rises to all of it
};

struct GridState {
  Operation operation = Operation::kContinuous;
  bool energised = true;
  double power_share = 1;           // of all power; below 1 while entering service, 0 while off
  bool may_trip = false;            // nothing obliges it to go on: the least time has passed, or there is none
  std::string_view tripped_by;      // function, or PERMIT; empty unless off after a trip
  std::optional<double> tripped_s;  // when, on the clock of the samples
};

// Samples hold until the next one. Not thread-safe; profile must outlive it.
class RideThrough {
 public:
  // `random_share`, 0 to 1: see EnterServiceWait. Starts in service, or off and waiting.
  RideThrough(const Profile& profile, Categories categories, const Settings& settings, bool in_service = true,
              double random_share = 0);

  // The state when this sample begins; t_s not before that of the sample before.
  GridState Advance(double t_s, double v_pu, double f_hz);

 private:
  struct Sample {
    double t_s, v_pu, f_hz;
  };
  struct Side {  // time without a break below or above the continuous range
    double seconds = 0;
    void Advance(double dt_s, bool outside) { seconds = outside ? seconds + dt_s : 0; }
  };
  struct Severity {
    Operation operation = Operation::kContinuous;
    bool may_trip = false;
  };
  void PassTime(const Sample& held, double dt_s);
  void PassTimeOff(const Sample& held, double dt_s);
  void Trip(std::string_view by, double t_s);
  Severity SeverityOf(std::span<const RideThroughBand> bands, double x, const Side& low, const Side& high) const;
  GridState StateAt(const Sample& now);
  GridState OffAt(const Sample& now) const;

  const std::span<const RideThroughBand> voltage_bands_, frequency_bands_;
  const EnterServiceSettings enter_service_;
  const double return_s_, most_rocof_;
  TripTimers trips_;
  EnterServiceWait wait_;
  Side low_v_, high_v_, low_f_, high_f_;
  std::optional<Sample> last_;
  bool on_ = true;
  double entered_for_s_ = 0;  // since entering service
  bool entering_ = false;
  std::optional<double> since_cessation_s_;  // since the value left the band; absent: no output is held back
  bool ceased_ = false;                      // the last sample was in a band of cessation
  double rocof_ = 0;
  std::string_view tripped_by_;
  std::optional<double> tripped_s_;
};

}  // namespace derms::gridcode
