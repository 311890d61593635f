// SPDX-License-Identifier: Apache-2.0
// Local memory with all its clients at once, against plain arrays and the priorities that its
// header states (tb/verilated/vector_bench.sv).
#pragma once

#include <array>
#include <deque>
#include <string>
#include <vector>

#include "Vvector_bench.h"
#include "tb/harness/bench.h"
#include "tb/harness/unit_bench.h"

namespace gradcore::harness {

class LocalMemoryTest : public TestOnBench<Vvector_bench> {
 protected:
  static constexpr unsigned kN = 4, kTiles = 64, kOpBanks = 4, kAccBanks = 8, kPatience = 16;
  using Vector = std::array<std::uint32_t, kN>;

  struct Request {
    bool valid = false, accumulator = false;
    Line line;
    std::uint32_t mask = 0;
    Vector data{};
  };
  // Client 0 of each port is the matrix unit.
  struct Requests {
    Request stream, load, acc_read, acc_write;
    std::array<Request, 3> read, write;
  };

  LocalMemoryTest() {
    bench_->direct_i = 1;
    for (const bool accumulator : {false, true}) {
      for (unsigned tile = 0; tile < kTiles; ++tile) {
        for (unsigned row = 0; row < kN; ++row) {
          Requests all;
          all.write[0] = write_request(accumulator, {tile, row, false});
          all.write[0].mask = 0xF;
          cycle(all);
        }
      }
    }
  }

  Line random_line() {
    const std::uint32_t tile = random_.below(kTiles);
    const std::uint32_t index = random_.below(kN);
    return {tile, index, random_.one_in(2)};
  }
  Request read_request(bool accumulator, const Line& line) {
    return {true, accumulator, line, 0, {}};
  }
  Request write_request(bool accumulator, const Line& line) {
    Request out{true, accumulator, line, random_.below(16), {}};
    for (std::uint32_t& value : out.data) value = random_.bits32();
    return out;
  }

  // One cycle: who is served, and what those get who asked 2 cycles ago. Returns what was served.
  Requests cycle(const Requests& wanted) {
    Requests served = wanted;
    drive(wanted);
    bench_.settle();
    const bool pause = waited_ == kPatience - 1;
    EXPECT_EQ(bench_->stream_ready_o != 0, !pause);
    served.stream.valid = wanted.stream.valid && !pause;
    bool kept_out = false;
    for (unsigned c = 0; c < 3; ++c) {
      const bool read_ready = ready(served, served.read, c, true);
      const bool write_ready = ready(served, served.write, c, false);
      EXPECT_EQ(bench_->read_ready_o[c] != 0, read_ready) << "reader " << c;
      EXPECT_EQ(bench_->write_ready_o[c] != 0, write_ready) << "writer " << c;
      served.read[c].valid = wanted.read[c].valid && read_ready;
      served.write[c].valid = wanted.write[c].valid && write_ready;
      kept_out |= wanted.write[c].valid && !wanted.write[c].accumulator && !write_ready;
    }
    waited_ = kept_out && !pause ? waited_ + 1 : 0;
    // Reads see memory as it was before this cycle's writes.
    std::vector<Expected> asked;
    if (served.stream.valid) asked.push_back({kStream, read(false, served.stream.line)});
    if (served.load.valid) asked.push_back({kLoad, read(false, served.load.line)});
    if (served.acc_read.valid) asked.push_back({kAcc, read(true, served.acc_read.line)});
    for (unsigned c = 0; c < 3; ++c) {
      if (served.read[c].valid) {
        asked.push_back({kReader + c, read(served.read[c].accumulator, served.read[c].line)});
      }
    }
    if (served.acc_write.valid) write(true, served.acc_write);
    for (const Request& one : served.write) {
      if (one.valid) write(one.accumulator, one);
    }
    flying_.push_back(asked);
    bench_.edge();
    if (flying_.size() == 2) {
      for (const Expected& one : flying_.front()) check(one);
      flying_.pop_front();
    }
    return served;
  }

  // No two of them touch a word in this cycle unless both read.
  static bool intersect(const Request& a, const Request& b) {
    if (!a.valid || !b.valid || a.accumulator != b.accumulator) return false;
    return a.line.tile == b.line.tile &&
           (a.line.index == b.line.index || a.line.by_col != b.line.by_col);
  }

  // Random requests of all clients that `wants` lets through.
  template <typename Wants>
  void random_traffic(unsigned cycles, Wants wants) {
    Requests waiting;
    for (unsigned t = 0; t < cycles; ++t) {
      // What waits holds; the rest is drawn.
      waiting.load = waiting.acc_read = waiting.acc_write = {};
      draw(waiting.stream, false, false, wants(0));
      draw(waiting.load, false, false, wants(1));
      draw(waiting.acc_read, true, false, wants(2));
      draw(waiting.acc_write, true, true, wants(3));
      for (unsigned c = 0; c < 3; ++c) {
        draw(waiting.read[c], random_.one_in(2), false, wants(4 + c));
        draw(waiting.write[c], random_.one_in(2), true, wants(7 + c));
      }
      Requests now = waiting;
      withhold_conflicts(now);
      const Requests served = cycle(now);
      ASSERT_FALSE(HasFailure()) << "cycle " << t;
      if (served.stream.valid) waiting.stream = {};
      for (unsigned c = 0; c < 3; ++c) {
        if (served.read[c].valid) waiting.read[c] = {};
        if (served.write[c].valid) waiting.write[c] = {};
      }
    }
    drain();
  }
  void drain() {
    for (int i = 0; i < 3; ++i) cycle({});
  }

 private:
  static constexpr unsigned kStream = 0, kLoad = 1, kAcc = 2, kReader = 3;
  struct Expected {
    unsigned who;
    Vector data;
  };

  void draw(Request& request, bool accumulator, bool writes, bool wanted) {
    if (request.valid || !wanted) return;
    const Line line = random_line();
    request = writes ? write_request(accumulator, line) : read_request(accumulator, line);
  }

  // Users of the memory never read or write a word that is written in the same cycle.
  static void withhold_conflicts(Requests& r) {
    std::vector<Request*> all = {&r.acc_write, &r.write[0], &r.write[1], &r.write[2]};
    std::vector<Request*> reads = {&r.stream,  &r.load,    &r.acc_read,
                                   &r.read[0], &r.read[1], &r.read[2]};
    for (std::size_t i = 0; i < all.size(); ++i) {
      for (std::size_t j = 0; j < i; ++j) {
        if (intersect(*all[i], *all[j])) all[i]->valid = false;
      }
    }
    for (Request* one : reads) {
      for (const Request* other : all) {
        if (intersect(*one, *other)) one->valid = false;
      }
    }
  }

  static bool same_bank(const Request& a, const Request& b) {
    const unsigned banks = a.accumulator ? kAccBanks : kOpBanks;
    return a.accumulator == b.accumulator && a.line.tile % banks == b.line.tile % banks;
  }
  static bool ready(const Requests& served, const std::array<Request, 3>& clients, unsigned c,
                    bool reads) {
    const Request& one = clients[c];
    const Request& first = one.accumulator ? (reads ? served.acc_read : served.acc_write)
                                           : (reads ? served.load : served.stream);
    Request matrix = first;
    matrix.accumulator = one.accumulator;
    if (matrix.valid && same_bank(matrix, one)) return false;
    for (unsigned other = 0; other < c; ++other) {
      if (clients[other].valid && same_bank(clients[other], one)) return false;
    }
    return true;
  }

  std::uint32_t& word(bool accumulator, const Line& line, unsigned i) {
    const unsigned row = line.by_col ? i : line.index;
    const unsigned col = line.by_col ? line.index : i;
    return memory_[accumulator][(line.tile * kN + row) * kN + col];
  }
  Vector read(bool accumulator, const Line& line) {
    Vector out;
    for (unsigned i = 0; i < kN; ++i) out[i] = word(accumulator, line, i);
    return out;
  }
  void write(bool accumulator, const Request& request) {
    for (unsigned i = 0; i < kN; ++i) {
      if (((request.mask >> i) & 1u) == 0) continue;
      word(accumulator, request.line, i) = request.data[i] & (accumulator ? ~0u : 0xFFFF'0000u);
    }
  }

  static IData place(const Request& request) {
    return (request.accumulator ? 1u << 26 : 0u) | request.line.pack();
  }
  void drive(const Requests& r) {
    bench_->stream_valid_i = r.stream.valid;
    bench_->stream_line_i = r.stream.line.pack();
    bench_->load_valid_i = r.load.valid;
    bench_->load_line_i = r.load.line.pack();
    bench_->acc_read_valid_i = r.acc_read.valid;
    bench_->acc_read_line_i = r.acc_read.line.pack();
    bench_->acc_write_valid_i = r.acc_write.valid;
    bench_->acc_write_line_i = r.acc_write.line.pack();
    bench_->acc_write_mask_i = static_cast<CData>(r.acc_write.mask);
    for (unsigned i = 0; i < kN; ++i) bench_->acc_write_data_i[i] = r.acc_write.data[i];
    for (unsigned c = 0; c < 3; ++c) {
      bench_->read_valid_i[c] = r.read[c].valid;
      bench_->read_place_i[c] = place(r.read[c]);
      bench_->write_valid_i[c] = r.write[c].valid;
      bench_->write_place_i[c] = place(r.write[c]);
      bench_->write_mask_i[c] = static_cast<CData>(r.write[c].mask);
      for (unsigned i = 0; i < kN; ++i) bench_->write_data_i[c * kN + i] = r.write[c].data[i];
    }
  }
  void check(const Expected& one) {
    for (unsigned i = 0; i < kN; ++i) {
      std::uint32_t got = 0;
      if (one.who == kStream) got = std::uint32_t{bench_->stream_data_o[i]} << 16;
      if (one.who == kLoad) got = std::uint32_t{bench_->load_data_o[i]} << 16;
      if (one.who == kAcc) got = bench_->acc_read_data_o[i];
      if (one.who >= kReader) got = bench_->read_data_o[(one.who - kReader) * kN + i];
      EXPECT_EQ(got, one.data[i]) << "client " << one.who << ", lane " << i;
    }
  }

  std::array<std::array<std::uint32_t, kTiles * kN * kN>, 2> memory_{};
  std::deque<std::vector<Expected>> flying_;
  unsigned waited_ = 0;
};

}  // namespace gradcore::harness
