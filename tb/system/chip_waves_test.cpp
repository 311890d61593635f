// SPDX-License-Identifier: Apache-2.0
// Waveforms of the chip beside what is known without them: the events of its units, the program,
// the status that the host reads.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <memory>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "sw/cli/recording.h"
#include "sw/compiler/dataset.h"
#include "sw/compiler/run.h"
#include "sw/runtime/timeline.h"
#include "tb/harness/gtkwave.h"
#include "tb/harness/rtl_chip.h"
#include "tb/harness/waveform.h"
#include "tb/unit/io/scratch_folder.h"

namespace gradcore::harness {
namespace {

using runtime::Span;
using testing::Contains;
using testing::HasSubstr;

constexpr const char* kNetwork = R"(
hardware: {n: 4, operand_kib: 16, accumulator_kib: 32}
data: {set: synthetic, inputs: 10, classes: 3, samples: 32, test_samples: 8}
layers: [{linear: 8, activation: relu}, {linear: 3}]
loss: softmax_cross_entropy
optimizer: {method: sgd, clip_norm: 1}
schedule: {learning_rate: 0.05}
batch: 8
)";
constexpr std::uint64_t kFrom = 500, kCycles = 8'000;

const std::string kTop = "TOP.gradcore_chip.";
const std::string kCommand = kTop + "u_command.";

std::string unit(std::size_t number, const std::string& signal) {
  return kCommand + "u_probe.gen_units[" + std::to_string(number) + "].u_unit." + signal;
}

std::uint64_t number_of(const std::string& bits) { return std::stoull(bits, nullptr, 2); }

// ASCII in bits, without the zeros before it.
std::string text_of(const std::string& bits) {
  std::string text;
  for (std::size_t i = 0; i + 8 <= bits.size(); i += 8) {
    const char c = static_cast<char>(std::stoi(bits.substr(i, 8), nullptr, 2));
    if (c != '\0') text += c;
  }
  return text;
}

std::string contents(const std::filesystem::path& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

// A training run on the smallest chip, recorded from kFrom on, with its spans.
class ChipWaves : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    static const gradcore::tb::ScratchFolder scratch;
    wave_file = waves_from_environment().value_or(scratch.path()) / "ChipWaves.fst";
    const compiler::Network network = compiler::parse_network(kNetwork, "test");
    const train::Dataset data = compiler::make_dataset(network);
    const compiler::RunPlan plan = compiler::plan_run(network, data, 3);
    programs = std::make_unique<compiler::Compiled>(compiler::compile(network, plan.shape));
    runtime::Timeline timeline([](const Span& span) { all_spans.push_back(span); });
    {
      RtlChip* chip = nullptr;
      const auto device = make_rtl_chip({.hardware = network.hardware,
                                         .dram_bytes = programs->dram_end,
                                         .memory = {.bandwidth = 4},
                                         .traced = true},
                                        &chip);
      chip->record(wave_file, kFrom, kCycles);
      chip->watch_events([&timeline](std::uint64_t cycle, const ChipOutputs& outputs) {
        for (std::size_t u = 0; u < outputs.events.size(); ++u) {
          const auto unit = static_cast<runtime::CountedUnit>(u);
          if (outputs.events[u].done) timeline.done(cycle, unit);
          if (outputs.events[u].start) timeline.start(cycle, unit, outputs.events[u].address);
        }
      });
      compiler::TrainingRun run(*device, network, plan, *programs, data);
      run.train_epoch();
      end_cycle = chip->cycles();
    }
    for (const WaveSignal& signal : read_signals(wave_file)) signal_names.insert(signal.name);
  }
  static void TearDownTestSuite() { programs.reset(); }

  // Once a cycle.
  static std::vector<std::string> all_values(const std::string& name) {
    std::vector<std::uint64_t> times;
    for (std::uint64_t c = kFrom + 1; c < std::min(kFrom + kCycles, end_cycle); ++c) {
      times.push_back(10 * c);
    }
    return read_values(wave_file, name, times);
  }

  static std::filesystem::path wave_file;
  static std::unique_ptr<compiler::Compiled> programs;
  static std::vector<Span> all_spans;
  static std::uint64_t end_cycle;
  static std::set<std::string> signal_names;
};

std::filesystem::path ChipWaves::wave_file;
std::unique_ptr<compiler::Compiled> ChipWaves::programs;
std::vector<Span> ChipWaves::all_spans;
std::uint64_t ChipWaves::end_cycle = 0;
std::set<std::string> ChipWaves::signal_names;

// At the end of every instruction: its address as in the listing, its number, what it is called.
TEST_F(ChipWaves, InstructionsAreThoseOfTheListing) {
  const runtime::InstructionNames names = cli::names_of(*programs);
  const std::string listing =
      compiler::listing(compiler::parse_network(kNetwork, "test"), *programs);
  for (std::size_t u = 0; u < kUnits; ++u) {
    SCOPED_TRACE(runtime::kCountedUnitNames[u]);
    std::vector<const Span*> spans;
    std::vector<std::uint64_t> times;
    for (const Span& span : all_spans) {
      if (static_cast<std::size_t>(span.unit) != u) continue;
      if (span.done < kFrom + 2 || span.done > kFrom + kCycles) continue;
      spans.push_back(&span);
      times.push_back(10 * (span.done - 1));  // events are a register behind
    }
    ASSERT_GE(spans.size(), 4u);
    const auto addresses = read_values(wave_file, unit(u, "address[31:0]"), times);
    const auto numbers = read_values(wave_file, unit(u, "number[31:0]"), times);
    const auto texts = read_values(wave_file, unit(u, "text[511:0]"), times);
    const auto working = read_values(wave_file, unit(u, "working[5:0]"), times);
    for (std::size_t i = 0; i < spans.size(); ++i) {
      const std::uint32_t address = spans[i]->address;
      const auto* const entry = names.find(address);
      ASSERT_NE(entry, nullptr);
      EXPECT_EQ(number_of(addresses[i]), address) << "cycle " << spans[i]->done;
      EXPECT_EQ(text_of(texts[i]), entry->name);
      EXPECT_GE(number_of(working[i]), 1u);
      std::uint64_t base = 0;
      for (const auto* program : {&programs->initialise, &programs->train, &programs->save}) {
        if (program->address <= address) base = std::max<std::uint64_t>(base, program->address);
      }
      EXPECT_EQ(number_of(numbers[i]), (address - base) / isa::kInstructionBytes);
      std::ostringstream line;
      line << '\n' << std::hex << std::setw(8) << std::setfill('0') << address << "  ";
      EXPECT_THAT(listing, HasSubstr(line.str()));
    }
  }
}

// A unit is busy or waits for memory exactly while the timeline says that it has work.
TEST_F(ChipWaves, StatesAreThoseOfTheTimeline) {
  for (std::size_t u = 0; u < kUnits; ++u) {
    SCOPED_TRACE(runtime::kCountedUnitNames[u]);
    const std::vector<std::string> states = all_values(unit(u, "state[2:0]"));
    std::set<std::uint64_t> seen;
    for (const std::string& state : states) seen.insert(number_of(state));
    EXPECT_THAT(seen, Contains(5u)) << "never busy";
    EXPECT_GE(seen.size(), 3u);
    for (const Span& span : all_spans) {
      if (static_cast<std::size_t>(span.unit) != u) continue;
      for (std::uint64_t c = span.begin; c < span.done; ++c) {
        if (c < kFrom + 2 || c - kFrom - 2 >= states.size()) continue;
        EXPECT_GE(number_of(states[c - kFrom - 2]), 4u) << "cycle " << c;
      }
    }
  }
}

TEST_F(ChipWaves, WhatIsNamedExistsAndChanges) {
  for (const std::string& name :
       {kCommand + "u_run.state_q[2:0]", kCommand + "u_sequencer.state_q[3:0]",
        kCommand + "u_sequencer.opcode[7:0]", kCommand + "u_probe.address[31:0]",
        kCommand + "u_probe.number[31:0]", kCommand + "u_probe.cycle[31:0]", unit(0, "queued[5:0]"),
        unit(1, "takes[15:0]"), unit(2, "gives[15:0]"), kTop + "u_probe.reads[1:0]",
        kTop + "u_probe.read_beat[1:0]", kTop + "u_probe.read_wait", kTop + "u_probe.writes[1:0]",
        kTop + "u_probe.write_beat", kTop + "u_probe.fetch_bursts[7:0]",
        kTop + "u_probe.load_bursts[7:0]", kTop + "u_probe.store_bursts[7:0]",
        kCommand + "u_queues.u_tokens.u_probe.gen_token[0].count[8:0]"}) {
    SCOPED_TRACE(name);
    ASSERT_TRUE(signal_names.contains(name));
    const std::vector<std::string> values = all_values(name);
    EXPECT_GT(std::set<std::string>(values.begin(), values.end()).size(), 1u);
  }
  for (const std::string& value : all_values(kTop + "u_probe.errors[31:0]")) {
    ASSERT_EQ(number_of(value), 0u);
  }
}

// The view lists what there is, and everything that the README promises.
TEST_F(ChipWaves, TheViewHasAGroupForEachUnit) {
  auto path = wave_file;
  const std::string view = contents(path.replace_extension(".gtkw"));
  std::istringstream lines(view);
  std::size_t listed = 0;
  for (std::string line; std::getline(lines, line);) {
    const std::size_t at = line.find("TOP.");
    if (at == std::string::npos || line.front() == '[') continue;
    EXPECT_TRUE(signal_names.contains(line.substr(at))) << line;
    ++listed;
  }
  EXPECT_GE(listed, 110u);
  for (const char* const group :
       {"command processor", "matrix unit", "vector unit", "load", "store", "DRAM (AXI4)", "errors",
        "tokens that are there", "local memory: the others", "registers (AXI4-Lite)"}) {
    EXPECT_THAT(view, HasSubstr(std::string("\n-") + group + "\n"));
  }
  EXPECT_THAT(view, HasSubstr("[timestart] " + std::to_string(10 * kFrom)));
  EXPECT_LT(std::filesystem::file_size(wave_file), 1u << 20) << "files are to stay small";
}

// A program that is refused: the waveform names the cause, and the instruction.
TEST(ChipWavesOfErrors, ShowTheCause) {
  static const gradcore::tb::ScratchFolder scratch;
  const auto fst = waves_from_environment().value_or(scratch.path()) / "ChipWavesOfErrors.fst";
  constexpr std::uint64_t kProgram = 0x8000;
  std::uint64_t end = 0;
  runtime::Status status;
  {
    RtlChip* chip = nullptr;
    const auto device =
        make_rtl_chip({.hardware = {.n = 4, .operand_kib = 16, .accumulator_kib = 32},
                       .dram_bytes = 0x10000,
                       .traced = true},
                      &chip);
    chip->record(fst, 0, 10'000);
    std::uint64_t at = kProgram;
    for (const isa::Instruction& i : isa::assemble("set rd=r1 value=5\nsync\nhalt\n", "test")) {
      auto words = i.words();
      if (at == kProgram + isa::kInstructionBytes) words[0] = 0x7f;  // there is no such opcode
      device->write(at, std::as_bytes(std::span(words)));
      at += isa::kInstructionBytes;
    }
    device->launch(kProgram);
    status = device->wait(100'000);
    for (unsigned i = 0; i < 4; ++i) chip->cycle();
    end = 10 * (chip->cycles() - 1);
  }
  EXPECT_EQ(status.state, runtime::State::kFailed);
  EXPECT_EQ(read_value(fst, kCommand + "status_o.error", end), "1");
  EXPECT_EQ(number_of(read_value(fst, kCommand + "status_o.cause[3:0]", end)), 6u);  // opcode
  EXPECT_EQ(number_of(read_value(fst, kCommand + "status_o.address[63:0]", end)), kProgram + 64);
}

}  // namespace
}  // namespace gradcore::harness
