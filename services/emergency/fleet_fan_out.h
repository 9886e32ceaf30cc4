// Hands on what storage tells of the fleet to several who keep it in forms of their own.
#pragma once

#include <memory>
#include <utility>
#include <vector>

#include "libs/store/fleet_observer.h"

namespace derms::emergency {

class FleetFanOut final : public store::FleetObserver {
 public:
  // All outlive it. They are told in this sequence: who plans hears of an order before who is woken by it.
  explicit FleetFanOut(std::vector<store::FleetObserver*> observers) : observers_(std::move(observers)) {}

  void OnDer(const std::shared_ptr<const domain::Der>& der) override {
    for (auto* each : observers_) each->OnDer(der);
  }
  void OnReading(const domain::Reading& reading) override {
    for (auto* each : observers_) each->OnReading(reading);
  }
  void OnRegions(const std::shared_ptr<const domain::RegionTree>& regions) override {
    for (auto* each : observers_) each->OnRegions(regions);
  }
  void OnOrder(const domain::EmergencyOrder& order) override {
    for (auto* each : observers_) each->OnOrder(order);
  }
  void OnOrdersThrough(std::int64_t number) override {
    for (auto* each : observers_) each->OnOrdersThrough(number);
  }

 private:
  const std::vector<store::FleetObserver*> observers_;
};

}  // namespace derms::emergency
