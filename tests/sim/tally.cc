#include "tests/sim/tally.h"

#include <algorithm>
#include <cmath>

#include "libs/base/error.h"
#include "libs/client/status.h"

namespace derms::sim {
namespace {

constexpr std::size_t kMostDelays = 1'000'000, kMostOrders = 20;

double UnixSeconds(absl::Time time) {
  return absl::ToDoubleSeconds(time - absl::UnixEpoch());
}

}  // namespace

double Percentile(std::vector<float> values, double share) {
  if (values.empty()) return 0;
  const auto rank = static_cast<std::size_t>(std::ceil(share * static_cast<double>(values.size())));
  const auto at = values.begin() + static_cast<std::ptrdiff_t>(std::max<std::size_t>(rank, 1) - 1);
  std::nth_element(values.begin(), at, values.end());
  return static_cast<double>(*at);
}

void Tally::Heard(const v1::WatchSetpointsResponse& message, absl::Duration delay) {
  const absl::MutexLock lock(&mutex_);
  counts_["messages_heard"] += 1;
  counts_["setpoints_heard"] += message.setpoints_size();
  counts_["fleet_orders_heard"] += message.orders_size();
  if (message.setpoints().empty() && message.orders().empty()) return;
  const auto delay_ms = static_cast<float>(absl::ToDoubleMilliseconds(delay));
  if (heard_after_ms_.size() < kMostDelays) {
    heard_after_ms_.push_back(delay_ms);
  } else {
    heard_after_ms_[next_delay_++ % kMostDelays] = delay_ms;
  }
}

Tally::Order* Tally::FindOrder(const std::string& emergency_id) {
  for (Order& order : orders_) {
    if (order.emergency_id == emergency_id) return &order;
  }
  return nullptr;
}

void Tally::HeardOrder(const std::string& emergency_id, int ders, absl::Time at) {
  const absl::MutexLock lock(&mutex_);
  Order* order = FindOrder(emergency_id);
  if (order == nullptr) {
    if (orders_.size() == kMostOrders) orders_.pop_front();
    order = &orders_.emplace_back();
    order->emergency_id = emergency_id;
  }
  order->ders += ders;
  order->heard.push_back(at);
}

void Tally::Acknowledged(const v1::AcknowledgeInstructionsRequest& said,
                         const v1::AcknowledgeInstructionsResponse& answer, absl::Time at) {
  const absl::MutexLock lock(&mutex_);
  counts_["acknowledgements_sent"] += said.items_size();
  for (int i = 0; i < std::min(said.items_size(), answer.results_size()); ++i) {
    if (answer.results(i).has_error()) {
      refused_[base::ReasonOf(client::FromRpc(answer.results(i).error()))] += 1;
      continue;
    }
    if (said.items(i).source() != v1::CONTROL_SOURCE_EMERGENCY) continue;
    if (Order* order = FindOrder(said.items(i).control_id())) order->acknowledged.emplace(said.items(i).der_id(), at);
  }
}

void Tally::Reported(const v1::ReportReadingsResponse& answer) {
  const absl::MutexLock lock(&mutex_);
  counts_["readings_accepted"] += answer.accepted();
  counts_["readings_refused"] += answer.rejected_count();
}

void Tally::Add(const std::string& count, std::int64_t more) {
  const absl::MutexLock lock(&mutex_);
  counts_[count] += more;
}

void Tally::StreamEnded(const std::string& why) {
  const absl::MutexLock lock(&mutex_);
  ended_[why] += 1;
}

std::int64_t Tally::count(const std::string& name) const {
  const absl::MutexLock lock(&mutex_);
  const auto found = counts_.find(name);
  return found == counts_.end() ? 0 : found->second;
}

nlohmann::json Tally::ToJson(const Order& order) {
  auto heard = order.heard;
  std::sort(heard.begin(), heard.end());
  std::vector<absl::Time> acknowledged;
  for (const auto& [der_id, at] : order.acknowledged) acknowledged.push_back(at);
  std::sort(acknowledged.begin(), acknowledged.end());
  nlohmann::json json = {{"emergency_id", order.emergency_id},
                         {"gateways", heard.size()},
                         {"ders", order.ders},
                         {"acknowledged", acknowledged.size()},
                         {"first_heard", UnixSeconds(heard.front())},
                         {"p99_heard", UnixSeconds(heard[(heard.size() - 1) * 99 / 100])},
                         {"last_heard", UnixSeconds(heard.back())}};
  if (!acknowledged.empty()) json["last_acknowledged"] = UnixSeconds(acknowledged.back());
  return json;
}

nlohmann::json Tally::ToJson() const {
  const absl::MutexLock lock(&mutex_);
  nlohmann::json json(counts_);
  json["acknowledgements_refused"] = refused_;
  json["streams_ended"] = ended_;
  json["heard_after_ms"] = {{"p50", Percentile(heard_after_ms_, 0.5)},
                            {"p99", Percentile(heard_after_ms_, 0.99)},
                            {"max", Percentile(heard_after_ms_, 1)}};
  json["orders"] = nlohmann::json::array();
  for (const Order& order : orders_) json["orders"].push_back(ToJson(order));
  return json;
}

}  // namespace derms::sim
