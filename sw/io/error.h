// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <stdexcept>

namespace gradcore::io {

// A file that cannot be read, understood or written. what() is one sentence that names the file.
class FileError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

}  // namespace gradcore::io
