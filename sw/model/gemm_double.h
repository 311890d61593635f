// SPDX-License-Identifier: Apache-2.0
// An independent look at a result of the contract: the same GEMM in the host's binary64, and the
// error bound that the contract promises. Shares no arithmetic with the contract's own files.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "sw/model/gemm.h"

namespace gradcore::model {

// The m x n product in binary64, row-major; `c` is added if given.
std::vector<double> gemm_double(const GemmShape& shape, const Bf16View& x, const Bf16View& w,
                                const std::optional<Fp32View>& c);

struct BoundReport {
  // The largest |y - exact| / bound of an element. At most 1 if the contract holds; infinite if an
  // element is NaN or infinite and must not be, or must be and is not.
  double worst = 0;
  std::size_t worst_row = 0, worst_column = 0;
  // The largest |y - exact| / (|c| + sum of |x| |w|): accuracy as users of GEMMs state it.
  double relative_error = 0;
  // Elements whose error has no bound, because a tile or partial sum may have overflowed.
  std::uint64_t overflowed = 0;

  bool holds() const { return worst <= 1.0; }
};

// Compares every element of y = x w (+ c) with the exact product. O(m k n).
BoundReport check_bound(const Numerics& numerics, const GemmShape& shape, const Bf16View& x,
                        const Bf16View& w, const std::optional<Fp32View>& c, const Fp32View& y);

}  // namespace gradcore::model
