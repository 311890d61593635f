// SPDX-License-Identifier: Apache-2.0
#include <vector>

#include "tb/unit/dma/dma_bench.h"

namespace gradcore::harness {
namespace {

template <typename Bench>
using ListMemory = DmaTest<Bench>;
TYPED_TEST_SUITE(ListMemory, Benches);

// Writes of any words from any entry on, and reads beside them that look elsewhere.
TYPED_TEST(ListMemory, KeepsWhatIsWritten) {
  auto& bench = this->bench_;
  auto& random = this->random_;
  const std::uint32_t entries = this->kN == 4 ? 1024 : 4096;
  std::vector<std::uint32_t> want(entries);
  std::vector<bool> known(entries);
  std::vector<std::uint32_t> read;  // what must be on the output
  for (int i = 0; i < 200'000; ++i) {
    const std::uint32_t space = random.one_in(2) ? 64 : entries;  // meet often, fill all
    const std::uint32_t entry = random.below(space - 3);
    bench->poke_write_i = random.one_in(2);
    bench->poke_entry_i = static_cast<SData>(entry);
    bench->poke_mask_i = static_cast<CData>(random.below(16));
    for (unsigned k = 0; k < 4; ++k) bench->poke_word_i[k] = random.bits32();
    const std::uint32_t quad = random.below(space / 4);
    const bool meets = bench->poke_write_i != 0 && entry / 4 <= quad && quad <= (entry + 3) / 4;
    bench->poke_read_i = random.one_in(2) && !meets;
    bench->poke_quad_i = static_cast<SData>(quad);
    bench.settle();
    for (std::size_t k = 0; k < read.size(); ++k) ASSERT_EQ(bench->list_data_o[k], read[k]);
    ASSERT_EQ(bench->list_grant_o, bench->poke_read_i) << "the first reader is served";
    if (bench->poke_read_i != 0) {
      read.clear();
      const auto first = want.begin() + 4 * quad;
      const bool all =
          known[4 * quad] && known[4 * quad + 1] && known[4 * quad + 2] && known[4 * quad + 3];
      if (all) read.assign(first, first + 4);
    }
    for (unsigned k = 0; bench->poke_write_i != 0 && k < 4; ++k) {
      if (((bench->poke_mask_i >> k) & 1u) == 0) continue;
      want[entry + k] = bench->poke_word_i[k];
      known[entry + k] = true;
    }
    bench.edge();
  }
}

}  // namespace
}  // namespace gradcore::harness
