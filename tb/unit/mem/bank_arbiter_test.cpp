// SPDX-License-Identifier: Apache-2.0
// Every combination of valid and bank of three clients and four banks.
#include "tb/harness/unit_bench.h"

namespace gradcore::harness {
namespace {

using BankArbiter = BenchTest;

TEST_F(BankArbiter, TheFirstThatWantsABankHasIt) {
  for (unsigned code = 0; code < 8 * 64; ++code) {
    std::array<bool, 3> valid;
    std::array<unsigned, 3> bank;
    for (unsigned c = 0; c < 3; ++c) {
      valid[c] = ((code >> c) & 1u) != 0;
      bank[c] = (code >> (3 + 2 * c)) & 3u;
      bench_->arbiter_valid_i[c] = valid[c];
      bench_->arbiter_bank_i[c] = static_cast<CData>(bank[c]);
    }
    bench_.settle();
    std::array<int, 4> owner = {-1, -1, -1, -1};
    for (unsigned c = 0; c < 3; ++c) {
      bool free = true;
      for (unsigned other = 0; other < c; ++other) {
        free = free && !(valid[other] && bank[other] == bank[c]);
      }
      EXPECT_EQ(bench_->arbiter_ready_o[c] != 0, free) << code << ", client " << c;
      if (valid[c] && free) owner[bank[c]] = static_cast<int>(c);
    }
    for (unsigned b = 0; b < 4; ++b) {
      EXPECT_EQ(bench_->arbiter_used_o[b] != 0, owner[b] >= 0) << code << ", bank " << b;
      if (owner[b] < 0) continue;
      EXPECT_EQ(int{bench_->arbiter_client_o[b]}, owner[b]) << code;
    }
  }
}

}  // namespace
}  // namespace gradcore::harness
