// SPDX-License-Identifier: Apache-2.0
#include "tb/unit/command/command_bench.h"

namespace gradcore::harness {
namespace {

constexpr unsigned kUnits = 4;

class TokenCounts : public CommandTest {
 protected:
  std::uint32_t mask() {  // mostly few bits
    return random_.bits32() & random_.bits32() & (random_.one_in(3) ? random_.bits32() : 0) &
           0xFFFFu;
  }
};

// Against counts in C++; what units give may be more than was promised, they are apart here.
TEST_F(TokenCounts, RandomAgainstCounts) {
  std::array<int, isa::kTokens> promised{}, there{};
  std::array<std::uint64_t, 3> seen{};  // deadlocks, overflows, grants
  for (int i = 0; i < 200'000; ++i) {
    const bool giving = i / 5000 % 2 == 0;  // counts rise and fall
    const std::uint32_t take = giving && !random_.one_in(4) ? 0 : mask() | mask();
    const std::uint32_t give = giving ? random_.bits32() & 0xFFFFu : mask() & mask();
    bool deadlock = false, overflow = false;
    for (unsigned t = 0; t < isa::kTokens; ++t) {
      const int left = promised[t] - static_cast<int>((take >> t) & 1u);
      deadlock |= left < 0;
      overflow |= left + static_cast<int>((give >> t) & 1u) > static_cast<int>(isa::kMaxTokens);
    }
    bench_->token_take_i = static_cast<SData>(take);
    bench_->token_give_i = static_cast<SData>(give);
    const std::uint32_t request = random_.below(16);
    bench_->token_request_i = static_cast<CData>(request);
    std::array<std::uint32_t, kUnits> wants{}, gives{};
    for (unsigned u = 0; u < kUnits; ++u) {
      wants[u] = mask();
      gives[u] = giving && u == 0 ? mask() : 0;
      for (unsigned t = 0; t < isa::kTokens; ++t) {
        if (there[t] > 300) gives[u] &= ~(1u << t);
      }
      bench_->token_unit_take_i[u] = static_cast<SData>(wants[u]);
      bench_->token_unit_give_i[u] = static_cast<SData>(gives[u]);
    }
    bench_.settle();
    // A deadlock is looked at first; what overflow says then does not matter.
    ASSERT_EQ(bench_->token_deadlock_o != 0, deadlock);
    if (!deadlock) {
      ASSERT_EQ(bench_->token_overflow_o != 0, overflow);
    }
    std::uint32_t grant = 0;
    for (unsigned u = 0; u < kUnits && grant == 0; ++u) {
      bool has_all = ((request >> u) & 1u) != 0;
      for (unsigned t = 0; t < isa::kTokens; ++t) {
        has_all &= ((wants[u] >> t) & 1u) == 0 || there[t] > 0;
      }
      if (!has_all) continue;
      grant = 1u << u;
      for (unsigned t = 0; t < isa::kTokens; ++t)
        there[t] -= static_cast<int>((wants[u] >> t) & 1u);
    }
    ASSERT_EQ(bench_->token_grant_o, grant);
    const bool commit = !deadlock && !overflow && random_.one_in(2);
    bench_->token_commit_i = commit;
    bench_.cycle();
    for (unsigned t = 0; t < isa::kTokens; ++t) {
      if (commit) {
        promised[t] += static_cast<int>((give >> t) & 1u) - static_cast<int>((take >> t) & 1u);
      }
      for (const std::uint32_t given : gives) there[t] += static_cast<int>((given >> t) & 1u);
    }
    seen[0] += deadlock ? 1 : 0;
    seen[1] += !deadlock && overflow ? 1 : 0;
    seen[2] += grant != 0 ? 1 : 0;
  }
  EXPECT_GT(seen[0], 20u);
  EXPECT_GT(seen[1], 20u);
  EXPECT_GT(seen[2], 100u);
}

TEST_F(TokenCounts, SeveralUnitsGiveTheSameTokenAtOnce) {
  for (SData& give : bench_->token_unit_give_i) give = 0x8001;
  bench_.cycle();
  for (SData& give : bench_->token_unit_give_i) give = 0;
  for (unsigned u = 0; u < kUnits; ++u) bench_->token_unit_take_i[u] = u < 2 ? 0x8001 : 0x0001;
  bench_->token_request_i = 15;
  const std::array<unsigned, 6> grants = {1, 1, 1, 1, 0, 0};  // four of each were there
  for (const unsigned want : grants) {
    bench_.settle();
    EXPECT_EQ(bench_->token_grant_o, want);
    bench_.edge();
  }
}

}  // namespace
}  // namespace gradcore::harness
