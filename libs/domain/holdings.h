// What live emergency orders hold of each DER, computed from the orders alone.
//
// Orders take shares of a DER. An INJECT or ABSORB order with fraction f for the class of a DER it binds takes f of
// what the other live orders leave of it; a shutdown takes all. What is left of a DER for one more order is therefore
//
//     left = product over the live orders that bind it of (1 - fraction)
//
// and what an order promises of the DER is fraction * left * headroom. The bank invariant: the shares that live orders
// hold of a DER never add up to more than 1, so that what they promise never exceeds its capability.
//  - By induction: when an order is planned, at most 1 - left is held, and it takes f * left. Were the orders given in
//    another sequence, or has an order ended since, then less is held than 1 - left says: x + f * (1 - x) grows with x.
//  - Shares may be added up although headroom depends on the duration: what a DER can do (power, energy) is a convex
//    set, and a sum of parts of feasible responses, the parts adding up to at most 1, is feasible itself.
//  - REDUCE orders have an account of their own, by the same rule, and the two exclude each other: a DER that INJECT or
//    ABSORB orders hold a part of has nothing for a REDUCE, and one that a REDUCE holds a part of nothing for them.
//    Limits of REDUCE orders would otherwise clip what was promised of the DER, or an INJECT undo what a REDUCE took.
//    Whoever was promised nothing of a DER, as the other account came first, asks nothing of it (emergency.h,
//    ReducedToKw).
//  - An order that comes back in stages (restoration.h) holds all of a DER until it is back; a REDUCE what it held.
//  - It needs no record per DER: any process, also one that has just started, reads what is left from the orders' rows.
//
// Whom an order binds is asked without the stored status: a DER that was OFFLINE when the order came is bound, too,
// once it is ONLINE (emergency.h, Binds). Exercises hold nothing.
#pragma once

#include <array>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/time/time.h"
#include "libs/domain/der.h"
#include "libs/domain/records.h"
#include "libs/domain/region.h"

namespace derms::domain {

// What live orders leave of a DER.
struct Left {
  double inject = 1, absorb = 1, reduce = 1;  // of it by INJECT orders alone, by ABSORB orders alone, by REDUCE orders
  bool shut = false;                          // an order takes all of it
  absl::Time since = absl::InfiniteFuture();  // when the oldest order that holds a part of it began

  double share() const { return shut || reduce < 1 ? 0 : inject * absorb; }  // for INJECT and ABSORB
  double ShareFor(EmergencyKind kind) const;
  Left& operator*=(const Left& other);
};

// A DER under live orders.
struct Holding {
  Left left;
  std::optional<double> base_kw;  // its power when the oldest of them began; none: not known
};

// What of a DER decides how much an order takes of it.
struct DerClass {
  DerType type = DerType::kSolar;
  IslandCategory category = IslandCategory::kUncategorized;

  static constexpr std::size_t kCount = kDerTypeCount * kIslandCategoryCount;
  static DerClass Of(const Der& der) { return {der.type, der.island_category()}; }
  static DerClass At(std::size_t index);
  std::size_t index() const { return IndexOf(type) * kIslandCategoryCount + static_cast<std::size_t>(category) - 1; }
};

// What an order that is over leaves of a DER of this class that is not back yet.
Left LeftUntilBack(const EmergencyOrder& order, DerClass of);

// The live orders of a fleet by scope. Not thread-safe.
class Holdings {
 public:
  // A row as stored: an order that has ended holds DERs that are not back yet and nothing else, whatever older form of
  // it comes later. One that is not there yet counts from when it is put.
  void Put(const EmergencyOrder& order);
  void Remove(const std::string& emergency_id);  // it was never stored
  void DropEnded(absl::Time now);

  // Whether the order holds, or is known to be over before its time.
  bool Knows(const std::string& emergency_id) const;
  bool empty() const { return orders_.empty() && returning_.empty(); }
  std::size_t size() const { return orders_.size(); }
  // Changes whenever an answer may.
  std::int64_t version() const { return version_; }

  // By orders in force.
  Left LeftOf(const Der& der, const RegionTree& regions) const;
  // By orders in force and by those that are over and have not given the DER back at `now`.
  Left LeftOf(const Der& der, const RegionTree& regions, absl::Time now) const;
  // By orders for regions and for the fleet, of a DER of this region and class that was registered before `registered`.
  Left LeftOf(std::string_view region_id, DerClass of, absl::Time registered, const RegionTree& regions) const;
  // By orders for this DER alone.
  Left LeftOfOwn(const std::string& der_id, DerClass of, absl::Time registered) const;
  std::vector<std::shared_ptr<const EmergencyOrder>> Returning() const;
  std::vector<std::string> DersWithOwn() const;
  // The first start of orders for regions and the fleet: who was registered before is bound by all whose scope it is
  // in.
  absl::Time oldest_start() const;

 private:
  using OrderPtr = std::shared_ptr<const EmergencyOrder>;
  // Orders with one scope.
  struct Group {
    std::map<std::string, OrderPtr> orders;
    std::array<Left, DerClass::kCount> left;  // by DerClass::index, of DERs registered before them all
    absl::Time oldest = absl::InfiniteFuture();

    void Recount();
    Left LeftOf(DerClass of, absl::Time registered) const;
  };
  Group& GroupOf(const EmergencyOrder& order);
  void Add(const EmergencyOrder& order);
  void Return(OrderPtr order);

  std::map<std::string, OrderPtr> orders_;
  std::map<std::string, OrderPtr> returning_;  // over, and DERs of theirs are not back
  std::map<std::string, absl::Time> over_;     // ended before their time, which is kept until it comes
  std::multimap<absl::Time, std::string> ends_;
  Group fleet_;
  std::map<std::string, Group, std::less<>> by_region_, by_der_;
  std::int64_t version_ = 0;
};

}  // namespace derms::domain
