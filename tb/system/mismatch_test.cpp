// SPDX-License-Identifier: Apache-2.0
// A core with one broken PE: the harness must say which, and where and when it shows.
#include "tb/harness/mismatch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <set>
#include <sstream>
#include <string>

#include "sw/model/functional_core.h"
#include "tb/harness/faulty_core.h"
#include "tb/harness/gemm_case.h"
#include "tb/harness/gtkwave.h"
#include "tb/harness/mismatch_report.h"
#include "tb/harness/waveform.h"
#include "tb/unit/io/scratch_folder.h"

namespace gradcore::harness {
namespace {

using device::GemmCommand;
using device::Hardware;
using testing::HasSubstr;

struct Size {
  std::uint32_t m, k, n, batch;
  unsigned flags;
};

GemmCase make_case(const Size& size, std::uint64_t seed) {
  return {.command = place_gemm(kFaultyHardware, size.m, size.k, size.n, size.batch, size.flags),
          .seed = seed};
}

// Of this test alone: others may run at the same time. It stays where `make waves` wants it.
std::filesystem::path scratch() {
  static const gradcore::tb::ScratchFolder folder;
  const testing::TestInfo& test = *testing::UnitTest::GetInstance()->current_test_info();
  return waves_from_environment().value_or(folder.path()) /
         file_name(std::string(test.test_suite_name()) + "." + test.name());
}

Investigation investigation(const std::string& test, const GemmCase& work) {
  return {.test = test,
          .seed = work.seed,
          .hardware = kFaultyHardware,
          .stalls = {},
          .replay =
              [work](device::Device& device) {
                load_case(work, device);
                device.submit(work.command);
                device.wait();
              },
          .folder = scratch()};
}

// What Y(row, column) is in this device after the work.
std::uint32_t result(const GemmCase& work, device::Device& device, std::uint32_t batch,
                     std::uint32_t row, std::uint32_t column) {
  load_case(work, device);
  device.submit(work.command);
  device.wait();
  const GemmCommand& c = work.command;
  const unsigned n = device.hardware().n;
  if (c.trans_y) std::swap(row, column);
  std::vector<std::uint32_t> line(n);
  device.read_line(c.y.address + batch * c.y.batch_stride + row / n * c.y.row_stride +
                       column / n * device.hardware().accumulator_tile_bytes() + row % n * n * 4,
                   line);
  return line[column % n];
}

std::string contents(const std::filesystem::path& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

class FaultyPe : public testing::TestWithParam<Size> {};

TEST_P(FaultyPe, NamesElementTileAndPe) {
  const GemmCase work = make_case(GetParam(), 11);
  const auto found = investigate(investigation("mismatch", work), make_faulty_core_trace);
  ASSERT_TRUE(found);
  SCOPED_TRACE(found->report);
  const unsigned n = kFaultyHardware.n;
  const WrongWrite& wrong = found->write;

  // The fault shows in every vector: in the first one, and there in one column.
  EXPECT_EQ(wrong.command_number, 0u);
  EXPECT_EQ(wrong.place.batch, 0u);
  EXPECT_EQ(wrong.place.row, 0u);
  EXPECT_EQ(wrong.place.m_tile, 0u);
  EXPECT_EQ(wrong.place.n_tile, 0u);
  EXPECT_EQ(wrong.place.k_tile, 0u);
  EXPECT_EQ(wrong.column, kFaultyColumn);
  ASSERT_TRUE(found->pe);
  EXPECT_EQ(found->pe->row, kFaultyRow);
  EXPECT_EQ(found->pe->column, kFaultyColumn);
  EXPECT_EQ(found->pe->what, WrongPe::What::kProduct);
  EXPECT_EQ(found->pe->expected ^ found->pe->got, 1u << 27);
  EXPECT_GT(found->cycle, found->entry + 2 * n);

  if (work.command.k <= n) {  // with more, this is not the end of it
    model::FunctionalCore model(kFaultyHardware);
    RtlDevice rtl(kFaultyHardware, make_faulty_core());
    EXPECT_EQ(wrong.expected, result(work, model, 0, 0, kFaultyColumn));
    EXPECT_EQ(wrong.got, result(work, rtl, 0, 0, kFaultyColumn));
  }
  EXPECT_THAT(found->report, HasSubstr("seed 11"));
  EXPECT_THAT(found->report, HasSubstr("PE        (row 2, column 1): the product should be"));
  EXPECT_THAT(found->report, HasSubstr("ULP apart"));
}

INSTANTIATE_TEST_SUITE_P(Gemm, FaultyPe,
                         testing::Values(Size{4, 4, 4, 1, 0}, Size{1, 3, 2, 1, 0},
                                         Size{9, 11, 6, 2, 0}, Size{6, 4, 9, 1, 15},
                                         Size{5, 9, 5, 3, 8}));

TEST(Mismatch, RecordsTheWindowAndAViewOfIt) {
  const GemmCase work = make_case({8, 8, 8, 1, 0}, 5);
  const auto found = investigate(investigation("window/of test", work), make_faulty_core_trace);
  ASSERT_TRUE(found && found->pe);
  EXPECT_EQ(found->waves.filename(), "window_of_test.fst");
  EXPECT_EQ(found->view.filename(), "window_of_test.gtkw");

  // The numbers of the report are in the waveform, in bits and decimal.
  std::set<std::string> names;
  for (const WaveSignal& signal : read_signals(found->waves)) names.insert(signal.name);
  const std::string unit = "TOP.gradcore.u_matrix_unit.";
  const std::string bits = read_value(found->waves, unit + "write_data_o[1][31:0]", found->time);
  ASSERT_EQ(bits.size(), 32u);
  EXPECT_EQ(std::stoul(bits, nullptr, 2), found->write.got);
  const std::string decimal = read_value(found->waves, unit + "u_probe.y[1]", found->time);
  EXPECT_EQ(std::stof(decimal), std::bit_cast<float>(found->write.got));
  EXPECT_EQ(read_value(found->waves, unit + "write_valid_o", found->time), "1");

  // The view lists signals that exist, all units, and marks the write.
  const std::string view = contents(found->view);
  EXPECT_THAT(view, HasSubstr("[dumpfile] \"" + found->waves.string() + "\""));
  EXPECT_THAT(view, HasSubstr(" " + std::to_string(found->time) + " "));
  std::istringstream lines(view);
  std::size_t listed = 0;
  for (std::string line; std::getline(lines, line);) {
    const std::size_t at = line.find("TOP.");
    if (at == std::string::npos || line.front() == '[') continue;
    EXPECT_TRUE(names.contains(line.substr(at))) << line;
    ++listed;
  }
  EXPECT_GT(listed, 60u);
  for (const char* group : {"ports", "load sequencer", "stream sequencer", "operands (bfloat16)",
                            "PE (row 2, column 1)", "array: ", "accumulation (binary32)",
                            "write to accumulator memory"}) {
    EXPECT_THAT(view, HasSubstr(std::string("-") + group));
  }
}

TEST(Mismatch, IsTheSameTheSecondTime) {
  const Investigation work = investigation("again", make_case({9, 9, 9, 2, 0}, 3));
  const auto first = investigate(work, make_faulty_core_trace);
  const auto second = investigate(work, make_faulty_core_trace);
  ASSERT_TRUE(first && second);
  EXPECT_EQ(first->report, second->report);
}

TEST(Mismatch, StallsDoNotConfuseIt) {
  Investigation work = investigation("stalls", make_case({9, 9, 9, 2, 0}, 4));
  work.stalls = {.memory_request = 100, .memory_data = 200, .traffic = 250, .seed = 9};
  const auto found = investigate(work, make_faulty_core_trace);
  ASSERT_TRUE(found && found->pe);
  EXPECT_EQ(found->pe->row, kFaultyRow);
  EXPECT_EQ(found->pe->column, kFaultyColumn);
}

TEST(Mismatch, PlainResultsDifferInTheFaultyColumnOnly) {
  const GemmCase work = make_case({4, 4, 4, 1, 0}, 11);
  RtlDevice rtl(kFaultyHardware, make_faulty_core());
  model::FunctionalCore model(kFaultyHardware);
  load_case(work, rtl, model);
  for (device::Device* device :
       {static_cast<device::Device*>(&rtl), static_cast<device::Device*>(&model)}) {
    device->submit(work.command);
    device->wait();
  }
  const std::vector<std::string> lines = compare_results(work, rtl, model);
  ASSERT_FALSE(lines.empty());
  for (const std::string& line : lines) EXPECT_THAT(line, HasSubstr("column 1:"));
}

// The same work on the core as it is built for everything else.
TEST(Mismatch, HealthyCoreHasNone) {
  const Hardware hardware{.n = kFaultyHardware.n};
  const GemmCase work = make_case({9, 11, 6, 2, 0}, 11);
  RtlDevice rtl(hardware);
  model::FunctionalCore model(hardware);
  const GemmCase same{.command = place_gemm(hardware, 9, 11, 6, 2, 0), .seed = work.seed};
  load_case(same, rtl, model);
  rtl.submit(same.command);
  rtl.wait();
  model.submit(same.command);
  model.wait();
  EXPECT_TRUE(compare_results(same, rtl, model).empty());
}

TEST(Mismatch, SaysHowToGetMoreWithoutTracedCores) {
  Investigation work = investigation("N/Gemm.OneTile/N4", make_case({4, 4, 4, 1, 0}, 1));
  work.hardware.f = 24;  // which no build has
  EXPECT_THAT(explain_mismatch(work), HasSubstr("make waves TEST='N/Gemm.OneTile/N4'"));
}

}  // namespace
}  // namespace gradcore::harness
