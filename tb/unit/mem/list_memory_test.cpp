// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <optional>
#include <vector>

#include "tb/unit/dma/dma_bench.h"

namespace gradcore::harness {
namespace {

template <typename Bench>
class ListMemory : public DmaTest<Bench> {
 protected:
  static constexpr std::uint32_t kEntries = Bench::kCheck.list_entries();
};

TYPED_TEST_SUITE(ListMemory, Benches);

// Writes of any words from any entry on, and reads beside them that look elsewhere.
TYPED_TEST(ListMemory, KeepsWhatIsWritten) {
  auto& bench = this->bench_;
  auto& random = this->random_;
  std::vector<std::optional<std::uint32_t>> want(this->kEntries);
  std::optional<std::uint32_t> asked;
  for (int i = 0; i < 200'000; ++i) {
    const std::uint32_t space = random.one_in(2) ? 64 : this->kEntries;  // meet often, fill all
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
    for (unsigned k = 0; asked && k < 4; ++k) {
      const auto& word = want[*asked * 4 + k];
      if (word) ASSERT_EQ(bench->list_data_o[k], *word) << "entry " << *asked * 4 + k;
    }
    ASSERT_EQ(bench->list_grant_o, bench->poke_read_i) << "the first reader is served";
    if (bench->poke_read_i) asked = quad;
    for (unsigned k = 0; bench->poke_write_i && k < 4; ++k) {
      if (((bench->poke_mask_i >> k) & 1u) != 0) want[entry + k] = bench->poke_word_i[k];
    }
    // What was read stays, whatever is written.
    bench.edge();
    if (asked && bench->poke_read_i == 0) asked.reset();
  }
}

}  // namespace
}  // namespace gradcore::harness
