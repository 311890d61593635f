// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "sw/bringup/step.h"
#include "tb/unit/bringup/faulty_device.h"

namespace gradcore::bringup {
namespace {

using testing::HasSubstr;

std::vector<Outcome> run(Board& board, const Settings& settings, const Selection& selection) {
  return run_steps(
      board, settings, selection, [](const Step&) {}, [](const Outcome&) {});
}

struct Size {
  const char* name;
  runtime::Hardware hardware;
  std::uint64_t dram_bytes;
};

void PrintTo(const Size& size, std::ostream* out) { *out << size.name; }

class Sizes : public testing::TestWithParam<Size> {};

TEST_P(Sizes, PassWithoutAFault) {
  DeviceBoard board(GetParam().hardware, GetParam().dram_bytes);
  for (const Outcome& one :
       run(board, {.window_bytes = 16 << 10, .soak_seconds = 0.05}, {.first = 4})) {
    std::cout << one.number << ' ' << one.name << ": " << one.figure << one.difference << '\n';
    if (one.name == "counters") {
      EXPECT_EQ(one.verdict, Verdict::kSkipped);
      EXPECT_EQ(one.figure, "a device without a clock");
    } else {
      EXPECT_EQ(one.verdict, Verdict::kPassed) << one.name << ": " << one.figure << one.difference;
    }
  }
}

// The boards that there are, and larger ones.
INSTANTIATE_TEST_SUITE_P(
    Boards, Sizes,
    testing::Values(Size{"Small", {.n = 4, .operand_kib = 16, .accumulator_kib = 32}, 4096 << 10},
                    Size{"Ulx3sN4", {.n = 4, .operand_kib = 64, .accumulator_kib = 64}, 128 << 10},
                    Size{"Ulx3sN8", {.n = 8, .operand_kib = 64, .accumulator_kib = 64}, 32 << 10},
                    Size{"N16", {.n = 16}, 4096 << 10}, Size{"N32", {.n = 32}, 16384 << 10}),
    [](const auto& info) { return std::string(info.param.name); });

TEST(Steps, AreFoundByNameAndNumber) {
  EXPECT_EQ(find_step("link"), 1u);
  EXPECT_EQ(find_step("4"), 4u);
  EXPECT_EQ(find_step("local memory"), 5u);
  EXPECT_EQ(find_step("soak"), steps().size());
  EXPECT_EQ(find_step("0"), std::nullopt);
  EXPECT_EQ(find_step("dra"), std::nullopt);
  // What is needed comes before.
  for (std::size_t i = 0; i < steps().size(); ++i) {
    for (const std::string_view need : steps()[i].needs) {
      ASSERT_TRUE(find_step(need)) << need;
      EXPECT_LE(*find_step(need), i) << need;
    }
  }
}

TEST(Steps, AFailureSkipsWhatNeedsIt) {
  constexpr runtime::Hardware kHardware{.n = 4, .operand_kib = 16, .accumulator_kib = 32};
  DeviceBoard board(kHardware, 64 << 10, {.pe = std::pair{0u, 0u}});
  const std::vector<Outcome> outcomes = run(board, {}, {.first = 7});
  ASSERT_EQ(outcomes.size(), 7u);  // no soak
  EXPECT_EQ(outcomes[0].verdict, Verdict::kFailed);
  EXPECT_EQ(outcomes[1].verdict, Verdict::kPassed);   // vector
  EXPECT_EQ(outcomes[2].verdict, Verdict::kPassed);   // errors
  EXPECT_EQ(outcomes[3].verdict, Verdict::kSkipped);  // gemm
  EXPECT_EQ(outcomes[3].figure, "needs array");
  EXPECT_EQ(outcomes[4].figure, "needs gemm");
  EXPECT_EQ(outcomes[5].figure, "needs step");
  EXPECT_FALSE(has_passed(outcomes));
  const auto json = nlohmann::json::parse(to_json(board, outcomes));
  EXPECT_EQ(json["passed"], false);
  EXPECT_EQ(json["hardware"]["n"], 4);
  EXPECT_EQ(json["steps"].size(), 7u);
  EXPECT_EQ(json["steps"][0]["name"], "array");
  EXPECT_EQ(json["steps"][0]["verdict"], "FAIL");
  EXPECT_THAT(json["steps"][0]["difference"].get<std::string>(), HasSubstr("PE row 0, column 0"));
  EXPECT_EQ(json["steps"][3]["verdict"], "skip");
}

TEST(Steps, OneOnlyRunsOne) {
  DeviceBoard board({.n = 4, .operand_kib = 16, .accumulator_kib = 32}, 64 << 10);
  const std::vector<Outcome> outcomes = run(board, {}, {.first = 10, .last = 10});
  ASSERT_EQ(outcomes.size(), 1u);
  EXPECT_EQ(outcomes[0].name, "gemm");
}

TEST(Steps, TheObserverEndsIt) {
  struct Stop : std::exception {};
  DeviceBoard board({.n = 4, .operand_kib = 16, .accumulator_kib = 32}, 64 << 10);
  const Settings settings{.observer = [] { throw Stop(); }};
  EXPECT_THROW(run(board, settings, {.first = 4}), Stop);
}

}  // namespace
}  // namespace gradcore::bringup
