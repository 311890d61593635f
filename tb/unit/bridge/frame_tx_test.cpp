// SPDX-License-Identifier: Apache-2.0
#include "tb/unit/bridge/bridge_bench.h"

namespace gradcore::harness {
namespace {

class FrameTx : public BridgeTest {
 protected:
  std::vector<std::byte> send(const bridge::Frame& frame, unsigned stalls) {
    std::vector<std::byte> out;
    bench_->send_start_i = 1;
    bench_->send_header_i = pack(frame.header);
    bench_.settle();
    EXPECT_EQ(bench_->send_busy_o, 0);
    bench_.edge();
    bench_->send_start_i = 0;
    bench_->send_header_i = random_.bits();
    cycles_ = 0;
    for (; cycles_ < 100'000; ++cycles_) {
      bench_->send_ready_i = random_.below(8) >= stalls;
      bench_.settle();
      if (bench_->send_busy_o == 0) return out;
      if (bench_->send_valid_o && bench_->send_ready_i) {
        out.push_back(static_cast<std::byte>(bench_->send_byte_o));
      }
      const bool reads = bench_->send_r_en_o != 0;
      const unsigned address = bench_->send_r_addr_o;
      bench_.edge();
      if (reads) {
        bench_->send_r_data_i =
            address < frame.data.size() ? std::to_integer<CData>(frame.data[address]) : 0xa5;
      }
    }
    ADD_FAILURE() << "no end";
    return out;
  }
  std::uint64_t cycles_ = 0;
};

TEST_F(FrameTx, BytesAreThoseOfTheHostsEncoder) {
  for (int round = 0; round < 400; ++round) {
    const bridge::Frame frame = random_frame(random_);
    ASSERT_EQ(send(frame, random_.below(8)), encode(frame)) << round;
  }
}

TEST_F(FrameTx, AByteEachTwoCycles) {
  bridge::Frame frame;
  frame.header = {.code = 0x80, .number = 1, .length = bridge::kMaxData, .address = 0};
  frame.data.resize(bridge::kMaxData, std::byte{0x11});
  const std::vector<std::byte> bytes = encode(frame);
  EXPECT_EQ(send(frame, 0), bytes);
  EXPECT_LE(cycles_, 2 * bytes.size() + 4);
}

}  // namespace
}  // namespace gradcore::harness
