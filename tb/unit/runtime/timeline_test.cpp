// SPDX-License-Identifier: Apache-2.0
#include "sw/runtime/timeline.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <sstream>

namespace gradcore::runtime {
namespace {

using isa::Instruction;
using isa::Opcode;

constexpr std::uint64_t kBase = 0x1'0000'1000;  // above 4 GiB: events have the low half only

isa::Assembly assembly() {
  Instruction gemm(Opcode::kGemm);
  gemm.set(isa::gemm::kM, 32).set(isa::gemm::kK, 784).set(isa::gemm::kN, 16);
  gemm.set(isa::gemm::kBatch, 1);
  Instruction load(Opcode::kLoad);
  load.set(isa::load::kRows, 32).set(isa::load::kCols, 784);
  load.set(isa::load::kFormat, isa::Format::kBf16);
  return {{gemm, load, Instruction(Opcode::kHalt)}, {"layer \"1\" \\ forward\t", "input", ""}};
}

TEST(ShortName, SaysKindAndSizes) {
  EXPECT_EQ(short_name(assembly().program[0]), "gemm 32x784x16");
  EXPECT_EQ(short_name(assembly().program[1]), "load 32x784 bf16");
  EXPECT_EQ(short_name(assembly().program[2]), "halt");
  EXPECT_EQ(short_name(Instruction()), "unknown");
  Instruction many = assembly().program[0];
  many.set(isa::gemm::kBatch, 9);
  EXPECT_EQ(short_name(many), "gemm 9 x 32x784x16");
  Instruction v(Opcode::kVector);
  v.set(isa::vector::kRows, 784).set(isa::vector::kCols, 16);
  v.set(isa::vector::kCombine, isa::Combine::kAdd);
  EXPECT_EQ(short_name(v), "vector 784x16 add");
  v.set(isa::vector::kApply, isa::Apply::kExp).set(isa::vector::kReduce, isa::Reduce::kSum);
  EXPECT_EQ(short_name(v), "vector 784x16 add exp, sum of rows");
}

TEST(InstructionNames, AreFoundByTheirAddress) {
  InstructionNames names;
  names.add("train", assembly(), kBase);
  names.add("save", assembly(), kBase + 0x1000);
  ASSERT_NE(names.find(0x1040), nullptr);
  EXPECT_EQ(names.find(0x1040)->name, "load 32x784 bf16");
  EXPECT_EQ(names.find(0x1040)->note, "input");
  EXPECT_EQ(names.find(0x2000)->program, "save");
  EXPECT_EQ(names.find(0x0FC0), nullptr);
  EXPECT_EQ(names.find(0x10C0), nullptr);
  EXPECT_EQ(names.find(0x1044), nullptr);
}

TEST(Timeline, AnInstructionIsShownWhileItIsTheOldestOfItsUnit) {
  std::vector<Span> spans;
  Timeline timeline([&](const Span& span) { spans.push_back(span); });
  timeline.start(10, CountedUnit::kMatrix, 0x40);
  timeline.start(12, CountedUnit::kMatrix, 0x80);
  timeline.start(12, CountedUnit::kLoad, 0xC0);
  timeline.done(50, CountedUnit::kMatrix);
  timeline.start(50, CountedUnit::kMatrix, 0x40);
  EXPECT_EQ(timeline.in_work(), 3u);
  timeline.done(70, CountedUnit::kMatrix);
  timeline.done(71, CountedUnit::kLoad);
  timeline.done(90, CountedUnit::kMatrix);
  timeline.start(100, CountedUnit::kMatrix, 0x80);
  timeline.done(130, CountedUnit::kMatrix);
  EXPECT_EQ(timeline.in_work(), 0u);
  ASSERT_EQ(spans.size(), 5u);
  const auto expect = [&](std::size_t i, std::uint32_t address, std::uint64_t accepted,
                          std::uint64_t begin, std::uint64_t done) {
    EXPECT_EQ(spans[i].address, address) << i;
    EXPECT_EQ(spans[i].accepted, accepted) << i;
    EXPECT_EQ(spans[i].begin, begin) << i;
    EXPECT_EQ(spans[i].done, done) << i;
  };
  expect(0, 0x40, 10, 10, 50);
  expect(1, 0x80, 12, 50, 70);
  expect(2, 0xC0, 12, 12, 71);
  expect(3, 0x40, 50, 70, 90);
  expect(4, 0x80, 100, 100, 130);
  EXPECT_EQ(spans[4].cycles(), 30u);
  EXPECT_THROW(timeline.done(140, CountedUnit::kStore), std::logic_error);
}

TEST(TraceWriter, WritesWhatViewersOpen) {
  InstructionNames names;
  names.add("train", assembly(), kBase);
  std::ostringstream text;
  TraceWriter writer(text, names, "a \"chip\"");
  writer.write({CountedUnit::kMatrix, 0x1000, 10, 12, 52});
  writer.write({CountedUnit::kStore, 0x9000, 20, 20, 21});
  writer.finish("all after cycle 60");
  EXPECT_EQ(writer.spans(), 2u);
  const auto json = nlohmann::json::parse(text.str());
  const auto& events = json["traceEvents"];
  ASSERT_EQ(events.size(), 1u + 2 * 6 + 2 + 1);
  EXPECT_EQ(events[0]["args"]["name"], "a \"chip\"");
  EXPECT_EQ(events[1]["name"], "thread_name");
  EXPECT_EQ(events[1]["args"]["name"], "program");
  EXPECT_EQ(events[5]["args"]["name"], "matrix");
  EXPECT_EQ(events[11]["tid"], 4);
  EXPECT_EQ(events[11]["args"]["name"], "store");
  EXPECT_EQ(events[15]["name"], "train");
  const auto& gemm = events[13];
  EXPECT_EQ(gemm["ph"], "X");
  EXPECT_EQ(gemm["tid"], 1);
  EXPECT_EQ(gemm["ts"], 12);
  EXPECT_EQ(gemm["dur"], 40);
  EXPECT_EQ(gemm["name"], "gemm 32x784x16");
  EXPECT_EQ(gemm["cat"], "train");
  EXPECT_EQ(gemm["args"]["note"], "layer \"1\" \\ forward\t");
  EXPECT_EQ(gemm["args"]["instruction"], isa::disassemble(assembly().program[0]));
  EXPECT_EQ(gemm["args"]["address"], "0x00001000");
  EXPECT_EQ(gemm["args"]["accepted"], 10);
  EXPECT_EQ(gemm["args"]["done"], 52);
  EXPECT_EQ(gemm["args"]["behind others in the unit"], 2);
  EXPECT_EQ(events[14]["name"], "unknown");
  EXPECT_EQ(json["otherData"]["left out"], "all after cycle 60");
}

TEST(TraceWriter, ShowsProgramsAndTurnsOfTheirLoops) {
  const isa::Assembly loop = {
      {Instruction(Opcode::kGemm), Instruction(Opcode::kLoop), Instruction(Opcode::kLoad),
       Instruction(Opcode::kGemm), Instruction(Opcode::kEnd), Instruction(Opcode::kHalt)},
      {"", "", "", "", "", ""}};
  EXPECT_EQ(turn_mark(loop.program), 3u);
  EXPECT_EQ(turn_mark(assembly().program), std::nullopt);
  InstructionNames names;
  names.add("train", loop, 0x1000);
  names.add("save", assembly(), 0x2000);
  std::ostringstream text;
  TraceWriter writer(text, names, "test");
  for (const std::uint64_t start : {100u, 500u}) {
    writer.write({CountedUnit::kMatrix, 0x1000, start, start, start + 10});
    writer.write({CountedUnit::kMatrix, 0x10C0, start, start + 10, start + 20});
    writer.write({CountedUnit::kLoad, 0x1080, start - 10, start - 10, start + 25});
    writer.write({CountedUnit::kMatrix, 0x10C0, start, start + 30, start + 40});
    writer.write({CountedUnit::kLoad, 0x2040, start + 50, start + 50, start + 60});
  }
  writer.finish();
  std::vector<std::string> programs, turns;
  const auto json = nlohmann::json::parse(text.str());
  for (const auto& event : json["traceEvents"]) {
    if (event["ph"] != "X" || event["tid"] < 5) continue;
    (event["tid"] == 5 ? programs : turns)
        .push_back(event["name"].get<std::string>() + " at " + event["ts"].dump() + " for " +
                   event["dur"].dump());
  }
  EXPECT_EQ(programs, (std::vector<std::string>{"train at 90 for 50", "save at 150 for 10",
                                                "train at 490 for 50", "save at 550 for 10"}));
  EXPECT_EQ(turns, (std::vector<std::string>{"train 1 at 110 for 20", "train 2 at 130 for 10",
                                             "train 3 at 510 for 20", "train 4 at 530 for 10"}));
}

TEST(TraceWriter, EmptyIsJsonToo) {
  const InstructionNames names;
  std::ostringstream text;
  TraceWriter(text, names, "nothing").finish();
  const auto json = nlohmann::json::parse(text.str());
  EXPECT_EQ(json["otherData"]["left out"], "nothing");
}

}  // namespace
}  // namespace gradcore::runtime
