// SPDX-License-Identifier: Apache-2.0
// What a step of the bring-up found.
#pragma once

#include <stdexcept>
#include <string>
#include <utility>

namespace gradcore::bringup {

// what() is one sentence: what differs, expected and got, and where. The hint says where to look
// next.
class Failure : public std::runtime_error {
 public:
  explicit Failure(const std::string& difference, std::string hint = "")
      : std::runtime_error(difference), hint_(std::move(hint)) {}
  const std::string& hint() const { return hint_; }

 private:
  std::string hint_;
};

// The board has not what the step looks at; what() says what is missing.
class NotThere : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

}  // namespace gradcore::bringup
