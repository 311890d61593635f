// SPDX-License-Identifier: Apache-2.0
#include "sw/io/array.h"

#include <algorithm>
#include <limits>

namespace gradcore::io {

std::optional<std::uint64_t> data_bytes(ElementType type, std::span<const std::size_t> shape) {
  std::uint64_t bytes = element_bytes(type);
  if (std::find(shape.begin(), shape.end(), std::size_t{0}) != shape.end()) return 0;
  for (const std::size_t dimension : shape) {
    if (bytes > std::numeric_limits<std::int64_t>::max() / dimension) return std::nullopt;
    bytes *= dimension;
  }
  return bytes;
}

}  // namespace gradcore::io
