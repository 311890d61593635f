// SPDX-License-Identifier: Apache-2.0
// The header of a .npy file (numpy.lib.format, versions 1.0 to 3.0).
#pragma once

#include <cstddef>
#include <istream>
#include <string>
#include <vector>

#include "sw/io/error.h"

namespace gradcore::io {

struct NpyHeader {
  std::string descr;  // "<f4", ...; empty for records, whose descr is a list
  bool fortran_order = false;
  std::vector<std::size_t> shape;
  std::size_t data_offset = 0;  // of the first element in the file
};

// Reads the header and leaves the stream at the first element. `name` is for messages. Throws
// FileError on whatever numpy.save would not have written; needs memory for 64 KiB at most.
NpyHeader read_npy_header(std::istream& stream, const std::string& name);

// "(3, 4)", as Python writes it.
std::string shape_text(const std::vector<std::size_t>& shape);

}  // namespace gradcore::io
