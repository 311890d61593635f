// SPDX-License-Identifier: Apache-2.0
#include <deque>

#include "sw/model/vector_unit.h"
#include "tb/harness/unit_bench.h"

namespace gradcore::harness {
namespace {

constexpr unsigned kLatency = 5;
constexpr unsigned kKeyLatency = 11;

class RandomWords : public BenchTest {
 protected:
  // Takes the key, exactly as long as the header says.
  void set_key(std::uint32_t seed, std::uint16_t stream) {
    bench_->random_key_valid_i = 1;
    bench_->a_i[0] = seed;
    bench_->half_i[0] = stream;
    bench_.cycle();
    bench_->random_key_valid_i = 0;
    bench_->a_i[0] = random_.bits32();  // is not looked at again
    bench_->half_i[0] = static_cast<SData>(random_.bits32());
    for (unsigned i = 1; i < kKeyLatency; ++i) {
      bench_.settle();
      ASSERT_EQ(bench_->random_ready_o, 0) << "after " << i;
      bench_.edge();
    }
    bench_.settle();
    ASSERT_EQ(bench_->random_ready_o, 1);
  }
};

TEST_F(RandomWords, ANewVectorEveryCycleUnderManyKeys) {
  for (int key = 0; key < 300; ++key) {
    const std::uint32_t seed = key < 4 ? static_cast<std::uint32_t>(key) : random_.bits32();
    const auto stream = static_cast<std::uint16_t>(random_.bits32());
    ASSERT_NO_FATAL_FAILURE(set_key(seed, stream));
    std::deque<std::uint32_t> numbers;
    for (int t = 0; t < 100; ++t) {
      const std::uint32_t number = t == 0 ? 0xFFFF'FFF8u : random_.bits32();
      numbers.push_back(number);
      bench_->b_i[0] = number;
      bench_.settle();
      if (numbers.size() > kLatency) {
        for (unsigned i = 0; i < kLanes; ++i) {
          ASSERT_EQ(bench_->random_o[i], model::random_word(seed, stream, numbers.front() + i))
              << "lane " << i << ", element " << numbers.front() + i;
        }
        numbers.pop_front();
      }
      bench_.edge();
    }
  }
}

}  // namespace
}  // namespace gradcore::harness
