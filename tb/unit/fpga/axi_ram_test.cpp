// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <optional>
#include <vector>

#include "Vfpga_bench.h"
#include "tb/harness/axi_memory.h"
#include "tb/harness/bench.h"

namespace gradcore::harness {
namespace {

constexpr std::uint32_t kBytes = 1024;

struct Burst {
  std::uint64_t address = 0;
  std::uint32_t beats = 1, id = 0, master = 0;
  bool exists() const { return address + std::uint64_t{beats} * kAxiBytes <= kBytes; }
};

// A master of both kinds at once, against an array of bytes. Reads and writes that are under way
// together touch different halves of the memory: which goes first is not defined.
class AxiRam : public TestOnBench<Vfpga_bench> {
 protected:
  AxiRam() {
    bench_->button_ni = 1;
    reset();
  }
  void reset() {
    bench_->ar_valid_i = bench_->aw_valid_i = bench_->w_valid_i = 0;
    bench_->r_ready_i = bench_->b_ready_i = 0;
    bench_.reset();
  }
  Burst random_burst(bool upper) {
    Burst burst{.beats = 1 + random_.below(16), .id = random_.below(4), .master = random_.below(2)};
    const std::uint32_t half = kBytes / 2 / kAxiBytes;
    burst.address = (upper ? half : 0) + random_.below(half - burst.beats + 1);
    burst.address *= kAxiBytes;
    if (upper && random_.one_in(8)) burst.address = kBytes - burst.beats * kAxiBytes;
    if (upper && random_.one_in(8)) burst.address += kAxiBytes;
    if (random_.one_in(8)) burst.address += kBytes;
    if (random_.one_in(16)) burst.address += std::uint64_t{1} << (32 + random_.below(20));
    return burst;
  }

  // Both bursts, at the same time. Stalls: a channel stands still in one of this many cycles.
  // The cycles it took.
  unsigned run(const Burst* read, const Burst* write, std::uint32_t stalls) {
    const auto go = [&] { return stalls == 0 || !random_.one_in(stalls); };
    bool ar = read != nullptr, aw = write != nullptr, answered = write == nullptr;
    std::uint32_t got = 0, given = 0;
    bool offered = false;
    std::array<std::uint32_t, 4> data{};
    std::uint32_t strobe = 0;
    std::vector<std::optional<std::byte>> after = bytes_;
    for (unsigned t = 0; t < 10'000; ++t) {
      if (!ar && (read == nullptr || got == read->beats) && answered) {
        bytes_ = after;
        return t;
      }
      bench_->ar_valid_i = ar;
      if (read != nullptr) {
        bench_->ar_address_i = read->address;
        bench_->ar_length_i = static_cast<CData>(read->beats - 1);
        bench_->ar_id_i = static_cast<CData>(read->id);
        bench_->ar_master_i = static_cast<CData>(read->master);
      }
      bench_->aw_valid_i = aw;
      if (write != nullptr) {
        bench_->aw_address_i = write->address;
        bench_->aw_length_i = static_cast<CData>(write->beats - 1);
        bench_->aw_id_i = static_cast<CData>(write->id);
        bench_->aw_master_i = static_cast<CData>(write->master);
        if (!offered && given < write->beats && go()) {
          offered = true;
          for (std::uint32_t& word : data) word = random_.bits32();
          strobe = random_.one_in(2) ? 0xFFFFu : random_.below(0x10000);
        }
      }
      bench_->w_valid_i = offered;
      if (offered) {
        for (unsigned i = 0; i < 4; ++i) bench_->w_data_i[i] = data[i];
        bench_->w_strobe_i = static_cast<SData>(strobe);
        bench_->w_last_i = given + 1 == write->beats;
      }
      bench_->r_ready_i = go();
      bench_->b_ready_i = go();
      bench_.settle();
      if (bench_->r_valid_o && bench_->r_ready_i) {
        EXPECT_TRUE(read != nullptr && !ar && got < read->beats) << "nobody has asked";
        if (read == nullptr || got >= read->beats) return t;
        EXPECT_EQ(bench_->r_id_o, read->id);
        EXPECT_EQ(bench_->r_master_o, read->master);
        EXPECT_EQ(bench_->r_resp_o, read->exists() ? 0 : 3);
        EXPECT_EQ(bench_->r_last_o != 0, got + 1 == read->beats);
        for (unsigned i = 0; read->exists() && i < kAxiBytes; ++i) {
          const auto byte = static_cast<std::byte>(bench_->r_data_o[i / 4] >> (8 * (i % 4)));
          const std::optional<std::byte> want = bytes_[read->address + got * kAxiBytes + i];
          EXPECT_EQ(byte, want.value_or(byte)) << "byte " << i << " of beat " << got;
          compared_ += want.has_value();
        }
        ++got;
      }
      if (bench_->b_valid_o && bench_->b_ready_i) {
        EXPECT_TRUE(write != nullptr && given == write->beats && !answered);
        if (write == nullptr) return t;
        EXPECT_EQ(bench_->b_id_o, write->id);
        EXPECT_EQ(bench_->b_master_o, write->master);
        EXPECT_EQ(bench_->b_resp_o, write->exists() ? 0 : 3);
        answered = true;
      }
      if (ar && bench_->ar_ready_o) ar = false;
      if (offered && bench_->w_ready_o) {
        for (unsigned i = 0; write->exists() && i < kAxiBytes; ++i) {
          if ((strobe >> i & 1u) == 0) continue;
          after[write->address + given * kAxiBytes + i] =
              static_cast<std::byte>(data[i / 4] >> (8 * (i % 4)));
        }
        ++given;
        offered = false;
      }
      if (aw && bench_->aw_ready_o) aw = false;
      bench_.edge();
    }
    ADD_FAILURE() << "no end";
    return 0;
  }

  std::uint64_t compared_ = 0;
  // A byte that was never written may be anything.
  std::vector<std::optional<std::byte>> bytes_ = std::vector<std::optional<std::byte>>(kBytes);
};

TEST_F(AxiRam, AnyBurstsWithStalls) {
  for (int round = 0; round < 2000 && !HasFailure(); ++round) {
    const bool upper = random_.one_in(2);
    const Burst read = random_burst(upper), write = random_burst(!upper);
    const bool reads = random_.below(4) != 0, writes = !reads || random_.below(4) != 0;
    run(reads ? &read : nullptr, writes ? &write : nullptr,
        random_.one_in(3) ? 0 : 2 + random_.below(3));
  }
  EXPECT_GT(compared_, 100'000u) << "bytes read that had been written";
}

// A beat a cycle, and what the header says around it: 2 cycles to the first beat, 1 to the answer.
TEST_F(AxiRam, BeatsACycle) {
  for (const std::uint32_t beats : {1u, 2u, 16u}) {
    const Burst burst{.beats = beats};
    EXPECT_EQ(run(nullptr, &burst, 0), 2 + beats);
    EXPECT_EQ(run(&burst, nullptr, 0), 2 + beats);
  }
}

TEST_F(AxiRam, ResetAmidBursts) {
  for (int round = 0; round < 200 && !HasFailure(); ++round) {
    bench_->ar_valid_i = bench_->aw_valid_i = 1;
    bench_->ar_address_i = bench_->aw_address_i = 0;
    bench_->ar_length_i = bench_->aw_length_i = 15;
    for (std::uint32_t i = random_.below(12); i > 0; --i) {
      bench_.settle();
      const bool ar = bench_->ar_ready_o != 0, aw = bench_->aw_ready_o != 0;
      bench_.edge();
      if (ar) bench_->ar_valid_i = 0;
      if (aw) bench_->aw_valid_i = 0;
    }
    reset();
    const Burst burst = random_burst(false);
    run(nullptr, &burst, 3);
    run(&burst, nullptr, 3);
  }
}

}  // namespace
}  // namespace gradcore::harness
