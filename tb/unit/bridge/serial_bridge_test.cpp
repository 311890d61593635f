// SPDX-License-Identifier: Apache-2.0
// The bridge's side of the protocol, frame by frame.
#include <cstring>
#include <memory>

#include "tb/unit/bridge/whole_bridge.h"

namespace gradcore::harness {
namespace {

using bridge::Frame;
using bridge::Request;
using bridge::Status;

class SerialBridge : public BridgeTest {
 protected:
  SerialBridge() : bridge_(std::make_unique<WholeBridge>(bench_, random_)) {
    for (std::byte& byte : bridge_->buses.dram) byte = static_cast<std::byte>(random_.below(256));
    bridge_->cycles(40);
    bridge_->reset_cycles = 0;
  }

  static Frame frame(Request request, unsigned number, std::uint32_t address, std::size_t length,
                     std::vector<std::byte> data = {}) {
    return {.header = {.code = static_cast<std::uint8_t>(request),
                       .number = static_cast<std::uint8_t>(number),
                       .length = static_cast<std::uint16_t>(length),
                       .address = address},
            .data = std::move(data)};
  }
  static Frame write_register(unsigned number, std::uint32_t address, std::uint32_t value) {
    std::vector<std::byte> data(4);
    std::memcpy(data.data(), &value, 4);
    return frame(Request::kWriteRegisters, number, address, 4, data);
  }
  // Sends it, and takes the answer.
  Frame exchange(const Frame& request) {
    bridge_->send(encode(request));
    return answer();
  }
  Frame answer() {
    const auto frame = bridge_->receive();
    if (!frame) {
      ADD_FAILURE() << "no answer";
      return {};
    }
    return *frame;
  }
  void hello(unsigned number) {
    const Frame got = exchange(frame(Request::kHello, number, 0x1234'5678, 1));
    EXPECT_EQ(got.status(), Status::kOk);
    EXPECT_EQ(got.header.number, number);
    EXPECT_EQ(got.header.length, bridge::kProtocolVersion);
    EXPECT_EQ(got.header.address, 0x1234'5678u);
  }
  static void expect_same(const Frame& a, const Frame& b) {
    EXPECT_EQ(pack(a.header), pack(b.header));
    EXPECT_EQ(a.data, b.data);
  }
  std::uint32_t own(std::uint32_t address, unsigned number) {
    const Frame got = exchange(frame(Request::kReadRegisters, number, address, 4));
    EXPECT_EQ(got.header.code, bridge::kDataFollows);
    std::uint32_t value = 0;
    if (got.data.size() == 4) std::memcpy(&value, got.data.data(), 4);
    return value;
  }

  std::unique_ptr<WholeBridge> bridge_;
};

TEST_F(SerialBridge, NothingBeforeHello) {
  for (const unsigned number : {0u, 1u, 255u}) {
    EXPECT_EQ(exchange(write_register(number, 8, 7)).status(), Status::kNoSession);
    EXPECT_EQ(exchange(frame(Request::kReset, number, 0, 0)).status(), Status::kNoSession);
  }
  EXPECT_EQ(bridge_->buses.register_writes, 0u);
  EXPECT_EQ(bridge_->reset_cycles, 0u);
  hello(77);
  EXPECT_EQ(exchange(write_register(78, 8, 7)).status(), Status::kOk);
  EXPECT_EQ(bridge_->buses.register_writes, 1u);
  EXPECT_EQ(bridge_->buses.registers[2], 7u);
}

TEST_F(SerialBridge, EveryRequest) {
  hello(254);
  unsigned number = 255;
  std::vector<std::byte> data = random_bytes(bridge::kMaxData);
  Frame got = exchange(frame(Request::kWriteMemory, number, 3, data.size(), data));
  EXPECT_EQ(got.header.code, 0);
  EXPECT_EQ(got.header.number, number);
  EXPECT_EQ(got.header.length, data.size());
  EXPECT_EQ(got.header.address, 3u);
  number = 0;  // after 255
  got = exchange(frame(Request::kReadMemory, number, 3, data.size()));
  EXPECT_EQ(got.header.code, bridge::kDataFollows);
  EXPECT_EQ(got.header.number, number);
  EXPECT_EQ(got.data, data);
  data = random_bytes(64);
  EXPECT_EQ(exchange(frame(Request::kWriteRegisters, 1, 0x40, 64, data)).status(), Status::kOk);
  EXPECT_EQ(exchange(frame(Request::kReadRegisters, 2, 0x40, 64)).data, data);
  EXPECT_EQ(own(bridge::reg::kIdentity.offset, 3), bridge::reg::kIdentityValue);
  EXPECT_EQ(own(bridge::reg::kMemoryKib.offset, 4), 64u);
  bench_->interrupt_i = 1;
  EXPECT_EQ(own(bridge::reg::kState.offset, 5), bridge::reg::kStateInterrupt.mask());
}

// The last request may come as often as it likes: nothing is applied twice, and its answer is the
// one it had, even if memory is another by now.
TEST_F(SerialBridge, ARepeatedRequestIsAnsweredNotRepeated) {
  hello(9);
  const std::vector<Frame> requests = {write_register(10, 12, 0xdead'beef),
                                       frame(Request::kReadMemory, 11, 100, 50),
                                       frame(Request::kWriteMemory, 12, 100, 50, random_bytes(50)),
                                       frame(Request::kReadRegisters, 13, 0, 32),
                                       frame(Request::kReadMemory, 14, 0xfff0, 100),  // refused
                                       frame(Request::kReset, 15, 0, 0)};
  for (const Frame& request : requests) {
    const Frame first = exchange(request);
    const auto writes = bridge_->buses.register_writes;
    const auto reads = bridge_->buses.register_reads;
    const auto bursts = bridge_->buses.memory.counters();
    const auto resets = bridge_->reset_cycles;
    for (std::byte& byte : bridge_->buses.dram) byte ^= std::byte{1};
    for (std::uint32_t& word : bridge_->buses.registers) word ^= 1;
    for (int i = 0; i < 3; ++i) expect_same(exchange(request), first);
    EXPECT_EQ(bridge_->buses.register_writes, writes);
    EXPECT_EQ(bridge_->buses.register_reads, reads);
    EXPECT_EQ(bridge_->buses.memory.counters().read_bursts, bursts.read_bursts);
    EXPECT_EQ(bridge_->buses.memory.counters().write_bursts, bursts.write_bursts);
    EXPECT_EQ(bridge_->reset_cycles, resets);
  }
  EXPECT_EQ(own(bridge::reg::kRepeatedRequests.offset, 16), 3 * requests.size());
}

TEST_F(SerialBridge, OnlyTheNextRequestIsCarriedOut) {
  hello(100);
  EXPECT_EQ(exchange(write_register(101, 0, 1)).status(), Status::kOk);
  for (const unsigned number : {100u, 103u, 0u, 229u}) {
    const Frame got = exchange(write_register(number, 0, 99));
    EXPECT_EQ(got.status(), Status::kOutOfSequence);
    EXPECT_EQ(got.header.number, number);
    EXPECT_EQ(got.header.length, 101u) << "the last one carried out";
  }
  EXPECT_EQ(bridge_->buses.registers[0], 1u);
  // What the last one got is still known.
  EXPECT_EQ(exchange(write_register(101, 0, 1)).status(), Status::kOk);
  EXPECT_EQ(exchange(write_register(102, 0, 2)).status(), Status::kOk);
  EXPECT_EQ(bridge_->buses.register_writes, 2u);
  hello(7);  // a new session may begin anywhere
  EXPECT_EQ(exchange(write_register(8, 0, 3)).status(), Status::kOk);
  EXPECT_EQ(bridge_->buses.registers[0], 3u);
}

TEST_F(SerialBridge, WhatMakesNoSenseIsRefused) {
  hello(0);
  struct Case {
    Frame request;
    Status status;
  };
  const auto data = [](std::size_t count) { return std::vector<std::byte>(count); };
  const std::vector<Case> cases = {
      {frame(static_cast<Request>(0x00), 0, 0, 4), Status::kUnknownRequest},
      {frame(static_cast<Request>(0x7f), 0, 0, 4), Status::kUnknownRequest},
      {frame(static_cast<Request>(0x83), 0, 0, 4, data(4)), Status::kUnknownRequest},
      {frame(static_cast<Request>(0x05), 0, 0, 4), Status::kUnknownRequest},
      {frame(Request::kReadMemory, 0, 0, 0), Status::kBadLength},
      {frame(Request::kReadMemory, 0, 0, bridge::kMaxData + 1), Status::kBadLength},
      {frame(Request::kReadMemory, 0, 0, 65535), Status::kBadLength},
      {frame(Request::kReadRegisters, 0, 0, 0), Status::kBadLength},
      {frame(Request::kReadRegisters, 0, 0, 6), Status::kBadLength},
      {frame(Request::kWriteRegisters, 0, 0, 5, data(5)), Status::kBadLength},
      {frame(Request::kWriteMemory, 0, 0, 0), Status::kBadLength},
      {frame(Request::kReadRegisters, 0, 2, 4), Status::kBadAddress},
      {frame(Request::kReadMemory, 0, 0xffff, 2), Status::kBadAddress},
      {frame(Request::kReadMemory, 0, 0xffff'ffff, 1), Status::kBadAddress},
      {frame(Request::kReadMemory, 0, 0xffff'fc00, 1024), Status::kBadAddress},
      {frame(Request::kWriteMemory, 0, 0x1'0000, 1, data(1)), Status::kBadAddress}};
  unsigned number = 1;
  for (Case one : cases) {
    one.request.header.number = static_cast<std::uint8_t>(number++);
    const Frame got = exchange(one.request);
    EXPECT_EQ(got.status(), one.status) << number;
    EXPECT_EQ(got.header.code & bridge::kDataFollows, 0);
    EXPECT_EQ(got.header.address, one.request.header.address);
  }
  EXPECT_EQ(exchange(frame(Request::kReadMemory, number, 0xffff, 1)).status(), Status::kOk);
  EXPECT_EQ(bridge_->buses.register_reads + bridge_->buses.register_writes, 0u);
}

TEST_F(SerialBridge, ADamagedFrameIsComplainedOf) {
  hello(0);
  std::vector<std::byte> bytes = encode(write_register(1, 4, 5));
  bytes[7] ^= std::byte{1};
  bridge_->send(bytes);
  EXPECT_EQ(answer().status(), Status::kDamaged);
  EXPECT_EQ(bridge_->buses.register_writes, 0u);
  EXPECT_EQ(exchange(write_register(1, 4, 5)).status(), Status::kOk);
  EXPECT_FALSE(bridge_->receive().has_value()) << "once";
  EXPECT_EQ(own(bridge::reg::kDamagedFrames.offset, 2), 1u);
}

// A host that dies in the middle of a frame, and one that comes after it.
TEST_F(SerialBridge, ADeadHostDoesNoHarm) {
  hello(0);
  const std::vector<std::byte> bytes =
      encode(frame(Request::kWriteMemory, 1, 0, 200, random_bytes(200)));
  const std::vector<std::byte> before = bridge_->buses.dram;
  for (const std::size_t cut : {2u, 30u, 150u}) {
    bridge_->send({bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(cut)});
    if (cut == 30) {
      // At once: the frame left over ends where the new one begins, and is complained of first.
      bridge_->send(encode(frame(Request::kHello, 5, 1, 1)));
      const Frame first = answer(), second = answer();
      EXPECT_TRUE((first.status() == Status::kOk) != (second.status() == Status::kOk));
    } else {
      EXPECT_EQ(answer().status(), Status::kDamaged) << "after its patience";
      hello(5);
    }
    EXPECT_EQ(bridge_->buses.dram, before);
  }
  EXPECT_EQ(exchange(write_register(6, 0, 1)).status(), Status::kOk);
}

TEST_F(SerialBridge, GarbageOfAnyKindIsSurvived) {
  hello(0);
  const std::vector<std::byte> before = bridge_->buses.dram;
  for (int round = 0; round < 20; ++round) {
    bridge_->send(random_bytes(random_.below(600)));
    if (random_.below(2) != 0) bridge_->send(std::byte{bridge::kFlag});
    bridge_->cycles(random_.below(100'000));
    while (bridge_->receive(2 * kLinePatience)) continue;
    hello(round);
  }
  EXPECT_EQ(bridge_->buses.dram, before);
  EXPECT_EQ(bridge_->buses.register_writes, 0u);
}

TEST_F(SerialBridge, ResetIsForWhatIsBehindIt) {
  hello(0);
  bridge_->buses.is_silent = true;
  EXPECT_EQ(exchange(frame(Request::kReadMemory, 1, 64, 4)).status(), Status::kBusTimeout);
  EXPECT_EQ(bench_->whole_silent_o, 1);
  bridge_->buses.is_silent = false;
  const Frame refused = exchange(frame(Request::kReadMemory, 2, 64, 4));
  EXPECT_EQ(refused.status(), Status::kBusTimeout);
  EXPECT_EQ(refused.header.address, 64u);
  EXPECT_EQ(bridge_->reset_cycles, 0u);
  EXPECT_EQ(exchange(frame(Request::kReset, 3, 0, 0)).status(), Status::kOk);
  EXPECT_GE(bridge_->reset_cycles, 16u);
  EXPECT_EQ(exchange(frame(Request::kReadMemory, 4, 64, 4)).data.size(), 4u);
  EXPECT_EQ(bench_->whole_silent_o, 0);
}

TEST_F(SerialBridge, ABusErrorTellsWhere) {
  hello(0);
  const Frame got = exchange(frame(Request::kReadMemory, 1, Buses::kFaulty - 5, 50));
  EXPECT_EQ(got.header.code, static_cast<unsigned>(Status::kBusError));
  EXPECT_EQ(got.header.address, Buses::kFaulty);
  EXPECT_TRUE(got.data.empty());
}

// The next request may come while an answer is on its way.
TEST_F(SerialBridge, RequestsWhileItAnswers) {
  hello(0);
  bridge_->send(encode(frame(Request::kReadMemory, 1, 0, 1000)));
  while (bridge_->received.size() < 20) bridge_->cycle();
  bridge_->send(encode(write_register(2, 0, 42)));
  const Frame first = answer(), second = answer();
  EXPECT_EQ(first.header.number, 1);
  EXPECT_EQ(first.data,
            std::vector(bridge_->buses.dram.begin(), bridge_->buses.dram.begin() + 1000));
  EXPECT_EQ(second.header.number, 2);
  EXPECT_EQ(bridge_->buses.registers[0], 42u);
}

}  // namespace
}  // namespace gradcore::harness
