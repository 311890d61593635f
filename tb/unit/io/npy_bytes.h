// SPDX-License-Identifier: Apache-2.0
// .npy files byte by byte, well formed or not, for tests.
#pragma once

#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

namespace gradcore::tb {

// magic, version 1.0, length and text of the header; the text is taken as it is.
inline std::string npy_prefix(const std::string& text) {
  std::string bytes("\x93NUMPY\x01\x00", 8);
  bytes += static_cast<char>(text.size() & 0xFFu);
  bytes += static_cast<char>(text.size() >> 8);
  return bytes + text;
}

// As numpy.save pads it: data begins at a multiple of 64.
inline std::string npy_header(const std::string& descr, const std::string& shape,
                              bool fortran = false) {
  std::string text = "{'descr': '" + descr + "', 'fortran_order': " + (fortran ? "True" : "False") +
                     ", 'shape': " + shape + ", }";
  while ((10 + text.size() + 1) % 64 != 0) text += ' ';
  return npy_prefix(text + "\n");
}

template <typename T>
std::string raw_bytes(const std::vector<T>& values) {
  std::string bytes(values.size() * sizeof(T), '\0');
  if (!values.empty()) std::memcpy(bytes.data(), values.data(), bytes.size());
  return bytes;
}

inline std::string npy_floats(const std::string& shape, const std::vector<float>& values,
                              bool fortran = false) {
  return npy_header("<f4", shape, fortran) + raw_bytes(values);
}

}  // namespace gradcore::tb
