// Plain structs as bytes and back, for two processes of the same binary: no versions, no names, nothing lost. Doubles
// keep every bit, infinity and NaN included; an empty series stays different from one of zeros.
//
// A struct takes part through a function in its fields' order, the same for both directions:
//     template <OneOf<Region> T, typename Archive> void Fields(T& region, Archive& archive)
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

namespace derms::optimizer {

template <typename T>
concept Plain = std::is_arithmetic_v<T> || std::is_enum_v<T>;

// T is Struct or const Struct.
template <typename T, typename Struct>
concept OneOf = std::same_as<std::remove_const_t<T>, Struct>;

// The bytes of some values, in one allocation of the right size: a schedule of a million devices is most of a GB.
template <typename... T>
std::string BytesOf(const T&... values);

class Writer {
 public:
  // Without a string only the size is found.
  explicit Writer(std::string* bytes) : bytes_(bytes) {}

  template <typename... T>
  void operator()(const T&... values) {
    (Put(values), ...);
  }
  std::size_t size() const { return size_; }

 private:
  void PutBytes(const void* data, std::size_t size) {
    if (bytes_ != nullptr) bytes_->append(static_cast<const char*>(data), size);
    size_ += size;
  }
  void PutCount(std::size_t count) { Put(static_cast<std::uint64_t>(count)); }

  template <Plain T>
  void Put(const T& value) {
    PutBytes(&value, sizeof value);
  }
  void Put(const std::string& text) {
    PutCount(text.size());
    PutBytes(text.data(), text.size());
  }
  template <typename T>
  void Put(const std::vector<T>& list) {
    PutCount(list.size());
    if constexpr (Plain<T>) {
      PutBytes(list.data(), list.size() * sizeof(T));
    } else {
      for (const T& item : list) Put(item);
    }
  }
  template <typename T>
  void Put(const std::optional<T>& value) {
    Put(value.has_value());
    if (value) Put(*value);
  }
  template <typename T>
  void Put(const std::shared_ptr<const T>& value) {
    Put(value != nullptr);
    if (value != nullptr) Put(*value);
  }
  template <typename... T>
  void Put(const std::variant<T...>& value) {
    Put(static_cast<std::uint8_t>(value.index()));
    std::visit([this](const auto& held) { Put(held); }, value);
  }
  template <typename T>
  requires std::is_class_v<T>
  void Put(const T& value) { Fields(value, *this); }

  std::string* const bytes_;
  std::size_t size_ = 0;
};

template <typename... T>
std::string BytesOf(const T&... values) {
  Writer measure(nullptr);
  measure(values...);
  std::string bytes;
  bytes.reserve(measure.size());
  Writer write(&bytes);
  write(values...);
  return bytes;
}

// Trusts nothing: a count is believed only as far as there are bytes for it, so that damaged bytes cost no memory.
// After the first contradiction everything reads as empty; ask ok() at the end.
class Reader {
 public:
  explicit Reader(std::string_view bytes) : bytes_(bytes) {}

  template <typename... T>
  void operator()(T&... values) {
    (Get(values), ...);
  }
  void Fail() {
    ok_ = false;
    bytes_ = {};
  }
  bool ok() const { return ok_; }
  bool complete() const { return ok_ && bytes_.empty(); }

 private:
  bool GetBytes(void* data, std::size_t size) {
    if (bytes_.size() < size) Fail();
    if (!ok_) return false;
    if (size > 0) std::memcpy(data, bytes_.data(), size);
    bytes_.remove_prefix(size);
    return true;
  }
  // Of things that take at least `least_bytes` each.
  std::size_t GetCount(std::size_t least_bytes) {
    std::uint64_t count = 0;
    Get(count);
    if (count > bytes_.size() / least_bytes) Fail();
    return ok_ ? static_cast<std::size_t>(count) : 0;
  }

  template <Plain T>
  void Get(T& value) {
    if (!GetBytes(&value, sizeof value)) value = T{};
  }
  void Get(bool& value) {
    std::uint8_t byte = 0;
    Get(byte);
    value = byte != 0;
  }
  void Get(std::string& text) {
    text.resize(GetCount(1));
    GetBytes(text.data(), text.size());
  }
  template <typename T>
  void Get(std::vector<T>& list) {
    if constexpr (Plain<T>) {
      list.resize(GetCount(sizeof(T)));
      GetBytes(list.data(), list.size() * sizeof(T));
    } else {
      const std::size_t count = GetCount(1);
      list.clear();  // grows with what is really there
      for (std::size_t i = 0; i < count && ok_; ++i) Get(list.emplace_back());
    }
  }
  template <typename T>
  void Get(std::optional<T>& value) {
    bool given = false;
    Get(given);
    value.reset();
    if (given) Get(value.emplace());
  }
  template <typename T>
  void Get(std::shared_ptr<const T>& value) {
    bool given = false;
    Get(given);
    value.reset();
    if (!given) return;
    auto read = std::make_shared<T>();
    Get(*read);
    value = std::move(read);
  }
  template <typename... T>
  void Get(std::variant<T...>& value) {
    std::uint8_t index = 0;
    Get(index);
    if (index >= sizeof...(T)) return Fail();
    GetAlternative(index, value, std::index_sequence_for<T...>());
  }
  template <typename... T, std::size_t... I>
  void GetAlternative(std::size_t index, std::variant<T...>& value, std::index_sequence<I...>) {
    ((I == index ? Get(value.template emplace<I>()) : void()), ...);
  }
  template <typename T>
  requires std::is_class_v<T>
  void Get(T& value) { Fields(value, *this); }

  std::string_view bytes_;
  bool ok_ = true;
};

}  // namespace derms::optimizer
