// What a wind turbine gives in a given weather. Pure; thread-safe.
//
// Sources: E. Hau, "Wind turbines", 3rd ed., 2013, ch. 13 (logarithmic and power-law profile); ICAO standard atmosphere
// (temperature gradient, ideal gas), pressure falling by 1 hPa in 8 m as in windpowerlib; IEC 61400-12-1 with the
// exponent of L. Svenningsen, "Proposal of an improved power curve correction", EWEC 2010 (density); J. F. Manwell et
// al., "Wind energy explained", 2nd ed., 2009 (cubic curve between cut-in and rated speed).
#pragma once

#include <optional>
#include <vector>

namespace derms::forecast {

inline constexpr double kStandardDensityKgPerM3 = 1.225;
inline constexpr double kHellmanExponent = 1.0 / 7;

// Heights above ground in m; `roughness_length_m` less than both.
double LogarithmicProfile(double speed_m_per_s, double from_height_m, double to_height_m, double roughness_length_m);
double PowerLawProfile(double speed_m_per_s, double from_height_m, double to_height_m,
                       double exponent = kHellmanExponent);

// 6.5 degrees colder per km.
double TemperatureAtHeightC(double temperature_c, double from_height_m, double to_height_m);
// Density at a height above where the pressure was measured; the temperature is that at the height.
double AirDensityKgPerM3(double pressure_pa, double height_m, double temperature_c);

struct PowerCurvePoint {
  double speed_m_per_s = 0;
  double share = 0;  // of rated power

  bool operator==(const PowerCurvePoint&) const = default;
};

// Output over rated power by wind speed at hub height and standard density; linear between points, 0 outside.
class PowerCurve {
 public:
  // At least two points, speeds rising.
  explicit PowerCurve(std::vector<PowerCurvePoint> points);
  // (v^3 - in^3) / (rated^3 - in^3) between cut-in and rated speed, 1 up to cut-out.
  static PowerCurve Cubic(double cut_in_m_per_s = 3, double rated_m_per_s = 12, double cut_out_m_per_s = 25);

  double ShareAt(double speed_m_per_s) const;
  // In air of another density each speed of the curve s moves to s (1.225 / density)^m, m from 1/3 at 7.5 m/s and less
  // to 2/3 at 12.5 m/s and more.
  double ShareAt(double speed_m_per_s, double density_kg_per_m3) const;

 private:
  std::vector<PowerCurvePoint> points_;
};

// Power in the wind that a rotor takes, W: density / 2 * area * speed^3 * coefficient.
double RotorPowerW(double density_kg_per_m3, double rotor_diameter_m, double speed_m_per_s, double power_coefficient);

struct WindPlant {
  double hub_height_m = 80;
  double wind_speed_height_m = 10;           // that the speeds of the weather are of
  std::optional<double> roughness_length_m;  // absent: the power law
  PowerCurve curve = PowerCurve::Cubic();
  double losses_share = 0;
};

// Means over an interval; what is absent is not known.
struct WindWeather {
  double wind_speed_m_per_s = 0;
  std::optional<double> air_c;        // at 2 m; with the pressure on the ground it gives the density
  std::optional<double> pressure_pa;  // absent: standard density
};

// Output over rated power, 0 to 1.
double WindShare(const WindPlant& plant, const WindWeather& weather);

}  // namespace derms::forecast
