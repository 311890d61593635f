// SPDX-License-Identifier: Apache-2.0
#include <deque>

#include "sw/model/bf16.h"
#include "tb/harness/unit_bench.h"

namespace gradcore::harness {
namespace {

constexpr std::uint32_t kOperandTiles = 4;
constexpr std::uint32_t kAccumulatorTiles = 2;
constexpr std::uint32_t kAccumulatorBit = 0x8000'0000u;
constexpr std::size_t kSlots = 4;          // reads under way at the same time
constexpr std::uint64_t kReadLatency = 3;  // from acceptance to data, when nothing is in the way

using Vector = std::array<std::uint32_t, kLanes>;

struct Request {
  bool write = false;
  std::uint32_t address = 0;

  bool accumulator() const { return (address & kAccumulatorBit) != 0; }
  std::uint32_t line() const {
    return (address & ~kAccumulatorBit) / (kLanes * (accumulator() ? 4 : 2));
  }
  bool outside() const {
    return line() >= kLanes * (accumulator() ? kAccumulatorTiles : kOperandTiles);
  }
};

// How often, in 1/16, each side is ready, and a request is offered.
struct Rates {
  std::uint32_t offer = 16, read = 16, write = 16, response = 16;
};

class HostPort : public BenchTest {
 protected:
  // One cycle: drives everything, checks every output against what the header says, moves on.
  void cycle(const Rates& rates) {
    const bool held = request_ != nullptr;
    const bool offered = held || random_.below(16) < rates.offer;
    if (offered && !request_) {
      request_ = std::make_unique<Request>(draw());
      for (IData& value : bench_->a_i) value = random_.fp32();
    }
    bench_->valid_i = offered;
    if (offered) {
      bench_->write_i = request_->write;
      bench_->host_address_i = request_->address;
    }
    const bool read_ready = random_.below(16) < rates.read;
    const bool write_ready = random_.below(16) < rates.write;
    const bool response_ready = random_.below(16) < rates.response;
    bench_->host_read_ready_i = read_ready;
    bench_->host_write_ready_i = write_ready;
    bench_->ready_i = response_ready;
    drive_memories();
    bench_.settle();

    ASSERT_NO_FATAL_FAILURE(check_response(response_ready));
    const Request it = offered ? *request_ : Request{};
    const bool blocked = !it.write && responses_.size() >= kSlots;
    const bool passes = held && !it.outside() && !blocked;
    ASSERT_EQ(bench_->host_operand_valid_o != 0, passes && !it.accumulator());
    ASSERT_EQ(bench_->host_read_valid_o != 0, passes && it.accumulator() && !it.write);
    ASSERT_EQ(bench_->host_write_valid_o != 0, passes && it.accumulator() && it.write);
    bool accepted = false;
    if (offered) {
      const bool memory_ready = !it.accumulator() || (it.write ? write_ready : read_ready);
      accepted = held && !blocked && (it.outside() || memory_ready);
      ASSERT_EQ(bench_->host_ready_o != 0, accepted) << std::hex << it.address;
    }
    if (passes) {
      ASSERT_NO_FATAL_FAILURE(check_request(it));
    }
    // Only now: what leaves in this cycle still holds its slot in it.
    if (response_ready && is_due()) responses_.pop_front();
    if (accepted) {
      if (!it.write) accept_read(it);
      request_.reset();
    }
    bench_.edge();
    ++now_;
  }

  void run(std::uint64_t cycles, const Rates& rates) {
    for (std::uint64_t i = 0; i < cycles; ++i) ASSERT_NO_FATAL_FAILURE(cycle(rates));
  }

  bool only_reads_ = false;
  std::uint64_t reads_accepted_ = 0;

 private:
  struct Response {
    std::uint64_t due = 0;
    Vector data{};
  };
  struct Answer {  // of a memory, two cycles after its request
    std::uint64_t at = 0;
    bool accumulator = false;
    Vector data{};
  };

  Request draw() {
    Request out;
    out.write = !only_reads_ && random_.one_in(2);
    const bool accumulator = random_.one_in(2);
    const std::uint32_t line_bytes = accumulator ? 4 * kLanes : 2 * kLanes;
    const std::uint32_t lines = kLanes * (accumulator ? kAccumulatorTiles : kOperandTiles);
    const std::uint32_t last = kAccumulatorBit / line_bytes - 1;
    const std::array<std::uint32_t, 5> corners = {0, lines - 1, lines, lines * 2, last};
    const std::uint32_t inside = random_.below(lines);
    const std::uint32_t anywhere = random_.below(last);
    std::uint32_t line = inside;
    if (random_.one_in(4)) line = corners[random_.below(5)];
    if (random_.one_in(8)) line = anywhere;
    out.address = line * line_bytes + (accumulator ? kAccumulatorBit : 0);
    return out;
  }

  bool is_due() const { return !responses_.empty() && responses_.front().due <= now_; }

  // Both memories show something in every cycle; only an answer that is due counts.
  void drive_memories() {
    for (unsigned i = 0; i < kLanes; ++i) {
      bench_->half_i[i] = static_cast<SData>(random_.bits32());
      bench_->b_i[i] = random_.bits32();
    }
    if (answers_.empty() || answers_.front().at != now_) return;
    const Answer& answer = answers_.front();
    for (unsigned i = 0; i < kLanes; ++i) {
      if (answer.accumulator) {
        bench_->b_i[i] = answer.data[i];
      } else {
        bench_->half_i[i] = static_cast<SData>(answer.data[i] >> 16);
      }
    }
    answers_.pop_front();
  }

  void check_response(bool response_ready) {
    ASSERT_EQ(bench_->host_valid_o != 0, is_due()) << "cycle " << now_;
    for (unsigned i = 0; i < kLanes && is_due(); ++i) {
      ASSERT_EQ(bench_->host_o[i], responses_.front().data[i])
          << "lane " << i << (response_ready ? ", taken" : ", waiting");
    }
  }

  void check_request(const Request& it) {
    ASSERT_EQ(Line::unpack(bench_->host_line_o),
              (Line{it.line() / kLanes, it.line() % kLanes, false}));
    if (it.accumulator()) return;
    ASSERT_EQ(bench_->host_operand_write_o != 0, it.write);
    for (unsigned i = 0; i < kLanes && it.write; ++i) {
      ASSERT_EQ(bench_->host_operand_o[i], model::fp32_to_bf16_rne(bench_->a_i[i]))
          << std::hex << bench_->a_i[i];
    }
  }

  void accept_read(const Request& it) {
    ++reads_accepted_;
    Response response{now_ + kReadLatency, {}};
    if (!it.outside()) {
      for (std::uint32_t& value : response.data) {
        value = random_.bits32();
        if (!it.accumulator()) value &= 0xFFFF'0000u;
      }
      answers_.push_back({now_ + 2, it.accumulator(), response.data});
    }
    responses_.push_back(response);
  }

  std::uint64_t now_ = 0;
  std::unique_ptr<Request> request_;  // offered and not accepted
  std::deque<Response> responses_;    // of reads accepted
  std::deque<Answer> answers_;
};

TEST_F(HostPort, OneReadInEveryOtherCycleWhenNothingIsInTheWay) {
  only_reads_ = true;
  run(1000, {});
  EXPECT_EQ(reads_accepted_, 500u);
}

TEST_F(HostPort, ReadsWaitForSlotsWhenResponsesAreNotTaken) {
  only_reads_ = true;
  run(50, {.response = 0});
  EXPECT_EQ(reads_accepted_, kSlots);
  run(50, {});
  run(1000, {.response = 3});
}

// Without a free slot, writes still pass.
TEST_F(HostPort, WritesPassWhenResponsesAreNotTaken) { run(3000, {.response = 1}); }

TEST_F(HostPort, MixedTrafficAtFullSpeed) { run(30'000, {}); }

TEST_F(HostPort, RandomStallsOnEverySide) {
  for (int phase = 0; phase < 100; ++phase) {
    Rates rates;
    for (std::uint32_t* rate : {&rates.offer, &rates.read, &rates.write, &rates.response}) {
      *rate = 1 + random_.below(16);
    }
    ASSERT_NO_FATAL_FAILURE(run(1000, rates));
  }
}

}  // namespace
}  // namespace gradcore::harness
