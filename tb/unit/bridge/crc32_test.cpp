// SPDX-License-Identifier: Apache-2.0
#include <zlib.h>

#include <string_view>

#include "tb/unit/bridge/bridge_bench.h"

namespace gradcore::harness {
namespace {

class Crc32 : public BridgeTest {
 protected:
  std::uint32_t sum(const std::vector<std::byte>& bytes, bool clear_first) {
    bench_->crc_clear_i = 1;
    bench_->crc_valid_i = 0;
    if (clear_first) bench_.cycle();
    for (std::size_t i = 0; i < bytes.size(); ++i) {
      bench_->crc_clear_i = !clear_first && i == 0;
      bench_->crc_valid_i = 1;
      bench_->crc_data_i = std::to_integer<CData>(bytes[i]);
      bench_.cycle();
      bench_->crc_clear_i = 0;
      bench_->crc_valid_i = 0;
      bench_->crc_data_i = 0xff;
      for (unsigned gap = random_.below(3); gap > 0; --gap) bench_.cycle();
    }
    return bench_->crc_sum_o;
  }
};

TEST_F(Crc32, TheCheckValueOfEveryCatalogue) {
  std::vector<std::byte> bytes;
  for (const char c : std::string_view("123456789")) bytes.push_back(static_cast<std::byte>(c));
  EXPECT_EQ(~sum(bytes, true), 0xcbf4'3926u);
}

TEST_F(Crc32, IsThatOfZlibAndLeavesTheResidue) {
  for (int round = 0; round < 300; ++round) {
    std::vector<std::byte> bytes = random_bytes(1 + random_.below(60));
    const auto want = static_cast<std::uint32_t>(
        ::crc32(0, reinterpret_cast<const Bytef*>(bytes.data()), static_cast<uInt>(bytes.size())));
    ASSERT_EQ(~sum(bytes, round % 2 == 0), want);
    for (unsigned i = 0; i < 4; ++i) bytes.push_back(static_cast<std::byte>(want >> (8 * i)));
    ASSERT_EQ(sum(bytes, round % 2 != 0), bridge::kCrcResidue);
    bytes[random_.below(static_cast<std::uint32_t>(bytes.size()))] ^= std::byte{4};
    ASSERT_NE(sum(bytes, true), bridge::kCrcResidue);
  }
}

}  // namespace
}  // namespace gradcore::harness
