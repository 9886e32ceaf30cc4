#include "libs/dispatch/fleet/lots.h"

#include <algorithm>
#include <map>

#include "libs/dispatch/fleet/pools.h"

namespace derms::dispatch::fleet {
namespace {

constexpr std::size_t kSampleDevices = 64;  // of a large region, in one lot

class LotMaker {
 public:
  LotMaker(const RegionModel& model, const Forest& forest, const Blocks& blocks, bool all_below_root)
      : model_(model), forest_(forest), blocks_(blocks), all_below_root_(all_below_root), lot_of_(model.parts.size()) {}

  std::vector<Lot> Run() {
    MakeRegionLots();
    NumberDevices();
    for (std::uint32_t k = 0; k < model_.clusters.size(); ++k) Enter(k);
    for (auto& [key, lot] : samples_) lots_.push_back(std::move(lot));
    std::erase_if(lots_, [](const Lot& lot) { return lot.devices.empty(); });
    for (Lot& lot : lots_) {
      std::stable_sort(lot.devices.begin(), lot.devices.end(),
                       [](const LotDevice& a, const LotDevice& b) { return Turn(a.kind) < Turn(b.kind); });
    }
    return std::move(lots_);
  }

 private:
  struct Place {
    int lot = -1;  // -1: in samples
    std::uint32_t place = 0;
  };

  static int Turn(DeviceKind kind) { return kind == DeviceKind::kUnit ? 0 : kind == DeviceKind::kHydro ? 1 : 2; }

  bool IsArea(std::size_t part) const {
    if (part == 0) return true;
    return !all_below_root_ && model_.pools[model_.parts[part].pool].parts.size() == 1 &&
           forest_[model_.parts[part].region].devices_with_below >= kLeastAreaDevices;
  }

  // The topmost regions that are no areas, in the order of their pools: alike beside alike.
  void MakeRegionLots() {
    std::uint32_t number = 0;
    for (const Pool& pool : model_.pools) {
      for (std::size_t p : pool.parts) {
        if (IsArea(p) || !IsArea(static_cast<std::size_t>(model_.parts[p].parent))) continue;
        Lot lot{{p}, {-1}, {}, true, static_cast<std::size_t>(blocks_.BlockOf(number++))};
        lot_of_[p] = {static_cast<int>(lots_.size()), 0};
        lots_.push_back(std::move(lot));
      }
    }
    for (std::size_t p = 1; p < model_.parts.size(); ++p) {
      const Place above = lot_of_[static_cast<std::size_t>(model_.parts[p].parent)];
      if (above.lot < 0) continue;
      Lot& lot = lots_[static_cast<std::size_t>(above.lot)];
      lot_of_[p] = {above.lot, static_cast<std::uint32_t>(lot.parts.size())};
      lot.parts.push_back(p);
      lot.above.push_back(static_cast<int>(above.place));
    }
  }

  void NumberDevices() {
    part_of_[0].resize(model_.fleet.storages.size());
    part_of_[1].resize(model_.fleet.units.size());
    part_of_[2].resize(model_.fleet.hydros.size());
    const auto enter = [this](std::size_t part, DeviceKind kind, const DeviceGroup& group) {
      for (std::size_t i = group.begin; i < group.end; ++i) {
        part_of_[static_cast<std::size_t>(kind)][i] = static_cast<std::uint32_t>(part);
      }
    };
    for (std::size_t p = 0; p < model_.parts.size(); ++p) {
      const Forest::Node& node = forest_[model_.parts[p].region];
      for (std::size_t g : node.storage) enter(p, DeviceKind::kStorage, model_.fleet.storages.groups[g]);
      for (std::size_t g : node.unit) enter(p, DeviceKind::kUnit, model_.fleet.units.groups[g]);
      for (std::size_t g : node.hydro) enter(p, DeviceKind::kHydro, model_.fleet.hydros.groups[g]);
    }
  }

  void Enter(std::uint32_t k) {
    const Cluster& cluster = model_.clusters[k];
    for (std::uint32_t at = cluster.begin; at < cluster.end; ++at) {
      const std::uint32_t i = cluster.Device(at);
      const std::size_t part = part_of_[static_cast<std::size_t>(cluster.kind)][i];
      const Place place = lot_of_[part];
      Lot& lot = place.lot >= 0 ? lots_[static_cast<std::size_t>(place.lot)]
                                : SampleOf(part, static_cast<std::size_t>(blocks_.BlockOf(at)));
      lot.devices.push_back({cluster.kind, cluster.headroom, i, k, place.place});
    }
  }

  // Devices of a large region are dealt out in turn to the lots of their block.
  Lot& SampleOf(std::size_t part, std::size_t block) {
    const std::size_t lots = std::max<std::size_t>(
        1, forest_[model_.parts[part].region].devices / (kSampleDevices * static_cast<std::size_t>(blocks_.count())));
    const std::size_t turn = dealt_[{part, block}]++ % lots;
    Lot& lot = samples_[{block, part, turn}];
    if (lot.parts.empty()) lot = {{part}, {-1}, {}, false, block};
    return lot;
  }

  const RegionModel& model_;
  const Forest& forest_;
  const Blocks& blocks_;
  const bool all_below_root_;
  std::vector<Place> lot_of_;                                // by part
  std::array<std::vector<std::uint32_t>, 3> part_of_;        // by kind and device
  std::map<std::array<std::size_t, 2>, std::size_t> dealt_;  // devices, by part and block
  std::map<std::array<std::size_t, 3>, Lot> samples_;        // by block, part and turn
  std::vector<Lot> lots_;
};

}  // namespace

std::vector<Lot> MakeLots(const RegionModel& model, const Forest& forest, const Blocks& blocks, bool all_below_root) {
  return LotMaker(model, forest, blocks, all_below_root).Run();
}

}  // namespace derms::dispatch::fleet
