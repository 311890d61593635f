// SPDX-License-Identifier: Apache-2.0
// An axis of a drawing: numbers to pixels, and where its ticks are.
#pragma once

#include <string>
#include <vector>

namespace gradcore::report {

class Axis {
 public:
  // From `low` to `high`, which differ, become `from` to `to`. `log`: both are positive.
  Axis(double low, double high, double from, double to, bool log = false);

  double at(double value) const;
  // Round numbers within the limits: about `count` of them; on a logarithmic axis 1, 2 and 5 times
  // powers of ten, or only the powers where these are many.
  std::vector<double> ticks(unsigned count) const;
  bool is_log() const { return log_; }

 private:
  double low_, high_, from_, to_;
  bool log_;
};

// Short: 1500 is 1,500, 0.00002 is 2e-05.
std::string number_text(double value);

}  // namespace gradcore::report
