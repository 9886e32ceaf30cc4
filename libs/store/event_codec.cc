#include "libs/store/event_codec.h"

#include <cstdint>
#include <string_view>

namespace derms::store {
namespace {

constexpr char kForm = 1;

void AppendNumber(std::string& bytes, std::uint64_t number, int width) {
  for (int shift = 8 * (width - 1); shift >= 0; shift -= 8) bytes.push_back(static_cast<char>(number >> shift));
}

std::uint64_t NumberAt(std::string_view bytes) {
  std::uint64_t number = 0;
  for (const char c : bytes) number = (number << 8) | static_cast<unsigned char>(c);
  return number;
}

void AppendText(std::string& bytes, char tag, std::string_view text) {
  bytes.push_back(tag);
  AppendNumber(bytes, text.size(), 4);
  bytes.append(text);
}

void AppendText(std::string& bytes, char tag, const std::optional<std::string>& text) {
  if (text) AppendText(bytes, tag, std::string_view(*text));
}

void AppendInt(std::string& bytes, char tag, std::int64_t value) {
  bytes.push_back(tag);
  AppendNumber(bytes, 8, 4);
  AppendNumber(bytes, static_cast<std::uint64_t>(value), 8);
}

}  // namespace

std::string CanonicalBytes(const domain::Event& event) {
  std::string bytes(1, kForm);
  AppendText(bytes, 1, std::string_view(event.event_id));
  AppendInt(bytes, 2, static_cast<std::int64_t>(event.type));
  AppendInt(bytes, 3, absl::ToUnixMicros(event.occurred_at));
  AppendText(bytes, 4, std::string_view(event.actor));
  AppendText(bytes, 5, event.der_id);
  AppendText(bytes, 6, event.owner_id);
  AppendText(bytes, 7, event.region_id);
  AppendText(bytes, 8, event.resource_id);
  if (event.old_status) AppendInt(bytes, 9, static_cast<std::int64_t>(*event.old_status));
  if (event.new_status) AppendInt(bytes, 10, static_cast<std::int64_t>(*event.new_status));
  if (event.revision) AppendInt(bytes, 11, *event.revision);
  AppendText(bytes, 12, std::string_view(event.request_id));
  AppendText(bytes, 13, std::string_view(event.summary));
  return bytes;
}

std::optional<domain::Event> EventOfCanonicalBytes(std::string_view bytes) {
  if (bytes.empty() || bytes[0] != kForm) return std::nullopt;
  bytes.remove_prefix(1);
  domain::Event event;
  while (!bytes.empty()) {
    if (bytes.size() < 5) return std::nullopt;
    const char tag = bytes[0];
    const std::uint64_t length = NumberAt(bytes.substr(1, 4));
    bytes.remove_prefix(5);
    if (bytes.size() < length) return std::nullopt;
    const std::string_view value = bytes.substr(0, length);
    bytes.remove_prefix(length);
    switch (tag) {
      case 1:
        event.event_id = value;
        break;
      case 2:
        event.type = static_cast<domain::EventType>(NumberAt(value));
        break;
      case 3:
        event.occurred_at = absl::FromUnixMicros(static_cast<std::int64_t>(NumberAt(value)));
        break;
      case 4:
        event.actor = value;
        break;
      case 5:
        event.der_id = value;
        break;
      case 6:
        event.owner_id = value;
        break;
      case 7:
        event.region_id = value;
        break;
      case 8:
        event.resource_id = value;
        break;
      case 9:
        event.old_status = static_cast<domain::DerStatus>(NumberAt(value));
        break;
      case 10:
        event.new_status = static_cast<domain::DerStatus>(NumberAt(value));
        break;
      case 11:
        event.revision = static_cast<std::int64_t>(NumberAt(value));
        break;
      case 12:
        event.request_id = value;
        break;
      case 13:
        event.summary = value;
        break;
      default:
        return std::nullopt;
    }
  }
  return event;
}

std::string_view EventIdOfCanonicalBytes(std::string_view bytes) {
  constexpr std::size_t kHeader = 6;  // form, tag, length
  if (bytes.size() < kHeader || bytes[1] != 1) return {};
  const std::uint64_t length = NumberAt(bytes.substr(2, 4));
  return length <= bytes.size() - kHeader ? bytes.substr(kHeader, length) : std::string_view();
}

base::DerKey KeyOfEvent(const domain::Event& event) {
  return event.der_id ? base::DerKeyOf(*event.der_id) : 0;
}

}  // namespace derms::store
