// SPDX-License-Identifier: Apache-2.0
// The host's requests through the RTL of the bridge, on lines that are good and bad.
#include "sw/bridge/link.h"

#include <gmock/gmock.h>

#include <cstring>
#include <iostream>
#include <memory>

#include "tb/unit/bridge/whole_bridge.h"

namespace gradcore::harness {
namespace {

using board::NoiseSettings;
using bridge::Link;
using bridge::LinkError;
using bridge::Request;
using std::chrono::milliseconds;
using testing::HasSubstr;

class LinkTest : public BridgeTest {
 protected:
  LinkTest() : bridge_(std::make_unique<WholeBridge>(bench_, random_)) {
    for (std::byte& byte : bridge_->buses.dram) byte = static_cast<std::byte>(random_.below(256));
  }
  Link connect(const NoiseSettings& noise) {
    auto line = std::make_unique<BenchLine>(*bridge_, noise);
    line_ = line.get();
    return Link(std::move(line), {.patience = milliseconds(20),
                                  .max_patience = milliseconds(60),
                                  .hello_attempts = 20,
                                  .attempts = 40,
                                  .salt = random_.bits32() | 1});
  }
  // Random work, and what must come of it. Every write of a register is another value, so that one
  // applied twice or late would show; the bus counts them too.
  void work(Link& link, int rounds) {
    std::vector<std::byte> dram = bridge_->buses.dram;
    std::uint64_t writes = bridge_->buses.register_writes;
    for (int round = 0; round < rounds; ++round) {
      const std::uint32_t length = 1 + random_.below(random_.below(6) == 0 ? 5000 : 200);
      const std::uint32_t address = random_.below(Buses::kFaulty - length);
      std::vector<std::byte> bytes(length);
      switch (random_.below(4)) {
        case 0:
          link.read(Request::kReadMemory, address, bytes);
          ASSERT_TRUE(std::equal(bytes.begin(), bytes.end(), dram.begin() + address));
          break;
        case 1:
          bytes = random_bytes(length);
          link.write(Request::kWriteMemory, address, bytes);
          std::copy(bytes.begin(), bytes.end(), dram.begin() + address);
          ASSERT_EQ(bridge_->buses.dram, dram);
          break;
        case 2: {
          bytes = random_bytes(4 * (1 + random_.below(3)));
          link.write(Request::kWriteRegisters, 16, bytes);
          writes += bytes.size() / 4;
          ASSERT_EQ(bridge_->buses.register_writes, writes) << "applied twice, or not at all";
          ASSERT_EQ(std::memcmp(&bridge_->buses.registers[4], bytes.data(), bytes.size()), 0);
          break;
        }
        default: {
          std::uint32_t value = 0;
          link.read(Request::kReadRegisters, 20, std::as_writable_bytes(std::span(&value, 1)));
          ASSERT_EQ(value, bridge_->buses.registers[5]);
        }
      }
    }
    ASSERT_EQ(bridge_->buses.dram, dram);
  }

  std::unique_ptr<WholeBridge> bridge_;
  BenchLine* line_ = nullptr;
};

TEST_F(LinkTest, OnAGoodLineNothingIsRepeated) {
  Link link = connect({});
  ASSERT_NO_FATAL_FAILURE(work(link, 60));
  EXPECT_EQ(link.counts().repeats, 0u);
  EXPECT_EQ(link.counts().damaged_answers, 0u);
}

struct BadLine {
  const char* name;
  NoiseSettings noise;
};

class BadLineTest : public LinkTest, public testing::WithParamInterface<BadLine> {};

// Every kind of damage, in both directions: late, but right, and everything once.
TEST_P(BadLineTest, EverythingIsDoneOnce) {
  NoiseSettings noise = GetParam().noise;
  noise.seed = random_.bits();
  Link link = connect(noise);
  ASSERT_NO_FATAL_FAILURE(work(link, 25));
  EXPECT_GT(line_->errors(), 10u);
  EXPECT_GT(link.counts().repeats, 3u);
  std::cout << GetParam().name << ": " << line_->errors() << " errors, " << link.counts().requests
            << " requests, " << link.counts().repeats << " repeated, " << link.counts().complaints
            << " complaints, " << link.counts().damaged_answers << " damaged answers, "
            << link.counts().silences << " silences\n";
}

INSTANTIATE_TEST_SUITE_P(
    Kinds, BadLineTest,
    testing::Values(BadLine{"flip", {.flip = 1e-3}}, BadLine{"drop", {.drop = 1e-3}},
                    BadLine{"insert", {.insert = 1e-3}},
                    BadLine{"all", {.flip = 3e-4, .drop = 3e-4, .insert = 3e-4}}),
    [](const auto& info) { return std::string(info.param.name); });

TEST_F(LinkTest, ASecondSessionBeginsAnywhere) {
  for (int i = 0; i < 5; ++i) {
    Link link = connect({});
    ASSERT_NO_FATAL_FAILURE(work(link, 3));
    // It dies: part of a frame, and an answer that nobody takes.
    bridge_->send(std::byte{bridge::kFlag});
    bridge_->send(random_bytes(random_.below(30)));
  }
}

template <typename Work>
std::string error_of(Work work) {
  try {
    work();
  } catch (const LinkError& error) {
    return error.what();
  }
  return "no error";
}

TEST_F(LinkTest, ErrorsAreSentences) {
  Link link = connect({});
  std::vector<std::byte> bytes(64);
  EXPECT_EQ(error_of([&] { link.read(Request::kReadMemory, 0xfff0, bytes); }),
            "the board has nothing at 0xfff0 (a read of memory of 64 bytes)");
  EXPECT_EQ(error_of([&] { link.write(Request::kWriteMemory, Buses::kFaulty, bytes); }),
            "the board's bus refuses a write of memory at 0x8000");
  // Those that the board answered are told apart from a line that does not work.
  try {
    link.read(Request::kReadMemory, 0xfff0, bytes);
    ADD_FAILURE() << "no refusal";
  } catch (const bridge::Refusal& refusal) {
    EXPECT_EQ(refusal.status(), bridge::Status::kBadAddress);
  }
  try {
    link.write(Request::kWriteMemory, Buses::kFaulty, bytes);
    ADD_FAILURE() << "no refusal";
  } catch (const bridge::Refusal& refusal) {
    EXPECT_EQ(refusal.status(), bridge::Status::kBusError);
  }
  bridge_->buses.is_silent = true;
  EXPECT_EQ(error_of([&] { link.read(Request::kReadRegisters, 8, bytes); }),
            "the board's bus does not answer a read of registers at 0x8: it needs a reset");
  bridge_->buses.is_silent = false;
  link.reset();
  link.read(Request::kReadRegisters, 8, bytes);
  // Somebody else takes over.
  {
    Link other = connect({});
    ASSERT_NO_FATAL_FAILURE(work(other, 2));
  }
  EXPECT_THAT(error_of([&] {
                link.read(Request::kReadRegisters, 8, bytes);
                link.read(Request::kReadRegisters, 8, bytes);
                link.read(Request::kReadRegisters, 8, bytes);
              }),
              HasSubstr("was reset, or another program talks to it"));
  // And the board itself.
  reset();
  bridge_->cycles(100);
  EXPECT_THAT(error_of([&] { link.read(Request::kReadRegisters, 8, bytes); }),
              HasSubstr("was reset, or another program talks to it"));
}

// Lines on which there is no board.
class OtherLine final : public bridge::Line {
 public:
  enum class Kind { kSilent, kBabbling, kEcho };
  explicit OtherLine(Kind kind) : kind_(kind) {}
  void write(std::span<const std::byte> bytes) override {
    if (kind_ == Kind::kEcho) pending_.insert(pending_.end(), bytes.begin(), bytes.end());
  }
  std::size_t read(std::span<std::byte> bytes, Duration) override {
    if (kind_ == Kind::kBabbling) {
      std::fill(bytes.begin(), bytes.end(), std::byte{'x'});
      return bytes.size();
    }
    const std::size_t count = std::min(bytes.size(), pending_.size());
    std::copy_n(pending_.begin(), count, bytes.begin());
    pending_.erase(pending_.begin(), pending_.begin() + static_cast<std::ptrdiff_t>(count));
    return count;
  }
  Duration time_of(std::size_t) const override { return {}; }
  std::string name() const override { return "/dev/other"; }

 private:
  Kind kind_;
  std::deque<std::byte> pending_;
};

TEST(Link, NoBoardIsAClearError) {
  const auto connect = [](OtherLine::Kind kind) {
    return error_of([kind] { const Link link(std::make_unique<OtherLine>(kind)); });
  };
  EXPECT_EQ(connect(OtherLine::Kind::kSilent),
            "no answer from a board at /dev/other to hello: is it the right port and speed, and is "
            "the board's design loaded?");
  EXPECT_THAT(connect(OtherLine::Kind::kBabbling), HasSubstr("the line to /dev/other is too bad"));
  EXPECT_THAT(connect(OtherLine::Kind::kEcho), HasSubstr("/dev/other"));
}

}  // namespace
}  // namespace gradcore::harness
