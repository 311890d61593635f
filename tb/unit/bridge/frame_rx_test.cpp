// SPDX-License-Identifier: Apache-2.0
#include "tb/unit/bridge/bridge_bench.h"

namespace gradcore::harness {
namespace {

using bridge::Decoder;
using bridge::Frame;

constexpr unsigned kPatience = 256;  // cycles, on the bench

// What the receiver makes of bytes, beside what the host's decoder makes of them.
class FrameRx : public BridgeTest {
 protected:
  // One cycle, with a byte or without.
  void cycle(std::optional<std::byte> byte, bool error = false) {
    bench_->frame_byte_valid_i = byte.has_value();
    bench_->frame_byte_i = byte ? std::to_integer<CData>(*byte) : CData{bridge::kFlag};
    bench_->frame_error_i = error;
    bench_.settle();
    if (bench_->frame_w_en_o != 0) {
      ram_[bench_->frame_w_addr_o] = static_cast<std::byte>(bench_->frame_w_data_o);
    }
    bench_.edge();
    bench_->frame_byte_valid_i = 0;
    bench_.settle();
    damaged_ += bench_->frame_damaged_o;
  }
  void gap(unsigned cycles) {
    for (unsigned i = 0; i < cycles; ++i) cycle(std::nullopt);
  }
  void feed(const std::vector<std::byte>& bytes) {
    for (const std::byte byte : bytes) {
      cycle(byte);
      gap(random_.below(3));
    }
  }
  bool has_frame() { return bench_->frame_valid_o != 0; }
  void expect_frame(const Frame& want) {
    ASSERT_TRUE(has_frame());
    ASSERT_EQ(bench_->frame_header_o, pack(want.header));
    for (std::size_t i = 0; i < want.data.size(); ++i) ASSERT_EQ(ram_[i], want.data[i]) << i;
  }
  void release() {
    bench_->frame_ready_i = 1;
    cycle(std::nullopt);
    bench_->frame_ready_i = 0;
    ASSERT_FALSE(has_frame());
  }
  Frame frame() {
    Frame out = random_frame(random_);
    return out;
  }

  std::array<std::byte, bridge::kMaxData> ram_{};
  unsigned damaged_ = 0;
};

TEST_F(FrameRx, GoodFramesOfEveryKind) {
  for (int round = 0; round < 300; ++round) {
    const Frame want = frame();
    ASSERT_NO_FATAL_FAILURE(feed(encode(want)));
    ASSERT_NO_FATAL_FAILURE(expect_frame(want)) << round;
    gap(random_.below(2 * kPatience));
    ASSERT_NO_FATAL_FAILURE(expect_frame(want)) << "stays until it is taken";
    ASSERT_NO_FATAL_FAILURE(release());
  }
  EXPECT_EQ(damaged_, 0u);
}

// Whatever is changed, lost or put in: exactly what the host's decoder says, byte by byte. It has
// no time-out, so there is none here.
TEST_F(FrameRx, DamageOfEveryKind) {
  Decoder decoder;
  unsigned frames = 0, damaged = 0;
  for (int round = 0; round < 3000; ++round) {
    std::vector<std::byte> bytes = encode(frame());
    const auto at = [&] { return random_.below(static_cast<std::uint32_t>(bytes.size())); };
    for (unsigned harm = random_.below(3); harm > 0; --harm) {
      const auto place = bytes.begin() + at();
      switch (random_.below(6)) {
        case 0:
          *place ^= static_cast<std::byte>(1u << random_.below(8));
          break;
        case 1:
          bytes.erase(place);
          break;
        case 2:
          bytes.insert(place, static_cast<std::byte>(random_.below(256)));
          break;
        case 3:
          bytes.resize(1 + at());
          break;  // cut short
        case 4:
          bytes.insert(place, std::byte{bridge::kFlag});
          break;
        default:
          *place = std::byte{bridge::kEscape};
          break;
      }
      if (bytes.empty()) bytes.push_back(std::byte{bridge::kFlag});
    }
    for (const std::byte byte : bytes) {
      const unsigned before = damaged_;
      cycle(byte);
      const Decoder::Result want = decoder.push(byte);
      if (want == Decoder::Result::kFrame) {
        ++frames;
        ASSERT_NO_FATAL_FAILURE(expect_frame(decoder.frame()));
        ASSERT_NO_FATAL_FAILURE(release());
      } else {
        ASSERT_FALSE(has_frame());
      }
      ASSERT_EQ(damaged_ - before, want == Decoder::Result::kDamaged ? 1u : 0u);
      damaged += want == Decoder::Result::kDamaged ? 1u : 0u;
    }
  }
  EXPECT_GT(frames, 500u);
  EXPECT_GT(damaged, 500u);
}

// A byte without its stop bit spoils the frame, even one that looks right.
TEST_F(FrameRx, AWrongByteSpoilsItsFrame) {
  for (int round = 0; round < 50; ++round) {
    const std::vector<std::byte> bytes = encode(frame());
    const std::size_t wrong = 1 + random_.below(static_cast<std::uint32_t>(bytes.size() - 2));
    for (std::size_t i = 0; i < bytes.size(); ++i) cycle(bytes[i], i == wrong);
    ASSERT_FALSE(has_frame());
    ASSERT_EQ(damaged_, static_cast<unsigned>(round + 1));
  }
}

// A host that dies in mid-frame: after a while the rest is forgotten, and told of once.
TEST_F(FrameRx, AFrameThatStopsIsDamaged) {
  for (int round = 0; round < 50; ++round) {
    const Frame want = frame();
    const std::vector<std::byte> bytes = encode(want);
    const std::size_t cut = 2 + random_.below(static_cast<std::uint32_t>(bytes.size() - 3));
    damaged_ = 0;
    feed({bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(cut)});
    gap(kPatience - 10);
    ASSERT_EQ(damaged_, 0u);
    gap(20);
    ASSERT_EQ(damaged_, 1u);
    gap(2 * kPatience);
    // What is left of it is nothing, and the next one is as good as any.
    feed({bytes.begin() + static_cast<std::ptrdiff_t>(cut), bytes.end()});
    gap(2 * kPatience);
    ASSERT_EQ(damaged_, 1u);
    ASSERT_FALSE(has_frame());
    feed(bytes);
    ASSERT_NO_FATAL_FAILURE(expect_frame(want));
    ASSERT_NO_FATAL_FAILURE(release());
  }
}

// While one is in use, another neither changes it nor is taken; after that, one that has begun in
// the meantime is no frame, and one that begins is.
TEST_F(FrameRx, OneFrameAtATime) {
  for (int round = 0; round < 50; ++round) {
    const Frame first = frame(), second = frame();
    const std::vector<std::byte> bytes = encode(second);
    feed(encode(first));
    const std::size_t cut = random_.below(static_cast<std::uint32_t>(bytes.size() + 1));
    feed({bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(cut)});
    ASSERT_NO_FATAL_FAILURE(expect_frame(first));
    ASSERT_NO_FATAL_FAILURE(release());
    feed({bytes.begin() + static_cast<std::ptrdiff_t>(cut), bytes.end()});
    const bool begun_after = cut <= 1;  // its flag alone does not begin it
    if (begun_after) {
      ASSERT_NO_FATAL_FAILURE(expect_frame(second));
      ASSERT_NO_FATAL_FAILURE(release());
    } else {
      ASSERT_FALSE(has_frame());
    }
    feed(bytes);
    ASSERT_NO_FATAL_FAILURE(expect_frame(second));
    ASSERT_NO_FATAL_FAILURE(release());
  }
  EXPECT_EQ(damaged_, 0u);
}

}  // namespace
}  // namespace gradcore::harness
