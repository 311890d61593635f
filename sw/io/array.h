// SPDX-License-Identifier: Apache-2.0
// Numbers of any type with a shape, as they lie in memory and in files.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <stdexcept>
#include <type_traits>
#include <vector>

namespace gradcore::io {

enum class ElementType {
  kFloat32,
  kBfloat16,  // dtype uint16: the 16 bits of a bfloat16
  kUint8,     // text such as JSON, states
  kInt32,
  kUint32,
  kInt64,
  kUint64,
};

// Whether T is what elements of this type are in C++; a bfloat16 is a std::uint16_t.
template <typename T>
constexpr bool holds(ElementType type) {
  switch (type) {
    case ElementType::kFloat32:
      return std::is_same_v<T, float>;
    case ElementType::kBfloat16:
      return std::is_same_v<T, std::uint16_t>;
    case ElementType::kUint8:
      return std::is_same_v<T, std::uint8_t>;
    case ElementType::kInt32:
      return std::is_same_v<T, std::int32_t>;
    case ElementType::kUint32:
      return std::is_same_v<T, std::uint32_t>;
    case ElementType::kInt64:
      return std::is_same_v<T, std::int64_t>;
    case ElementType::kUint64:
      return std::is_same_v<T, std::uint64_t>;
  }
  return false;
}

constexpr std::size_t element_bytes(ElementType type) {
  switch (type) {
    case ElementType::kUint8:
      return 1;
    case ElementType::kBfloat16:
      return 2;
    case ElementType::kInt64:
    case ElementType::kUint64:
      return 8;
    default:
      return 4;
  }
}

// The bytes of an array of this shape; 1 element if there are no dimensions, 0 if one of them is 0.
// Nothing when they are 2^63 or more.
std::optional<std::uint64_t> data_bytes(ElementType type, std::span<const std::size_t> shape);

struct Array {
  ElementType type = ElementType::kFloat32;
  std::vector<std::size_t> shape;  // none: a single number
  std::vector<std::byte> bytes;    // little-endian, the last dimension contiguous

  bool operator==(const Array&) const = default;

  // A copy as numbers. Throws std::invalid_argument when T is not what the type stands for.
  template <typename T>
  std::vector<T> values() const {
    if (!holds<T>(type)) throw std::invalid_argument("an array's elements asked for as others");
    std::vector<T> out(bytes.size() / sizeof(T));
    if (!out.empty()) std::memcpy(out.data(), bytes.data(), out.size() * sizeof(T));
    return out;
  }
};

// Throws std::invalid_argument when the shape is not that of the values, or T not that of the type.
template <typename T>
Array make_array(ElementType type, std::vector<std::size_t> shape, std::span<const T> values) {
  if (!holds<T>(type)) throw std::invalid_argument("an array made of another type of elements");
  if (data_bytes(type, shape) != values.size_bytes()) {
    throw std::invalid_argument("an array's shape does not match the number of its values");
  }
  Array array{type, std::move(shape), std::vector<std::byte>(values.size_bytes())};
  if (!values.empty()) std::memcpy(array.bytes.data(), values.data(), values.size_bytes());
  return array;
}

}  // namespace gradcore::io
