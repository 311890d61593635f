// SPDX-License-Identifier: Apache-2.0
#include "sw/cli/gemm_problem.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <bit>
#include <numeric>

#include "sw/model/functional_core.h"

namespace gradcore::cli {
namespace {

using testing::HasSubstr;

// Elements 1, 2, 3, ...: small integers, so that every sum is exact.
NamedTensor counting(const std::string& name, std::vector<std::size_t> shape) {
  NamedTensor named{name, {io::ElementType::kFloat32, std::move(shape), {}}};
  std::size_t size = 1;
  for (const std::size_t dimension : named.tensor.shape) size *= dimension;
  for (std::size_t i = 0; i < size; ++i) {
    named.tensor.values.push_back(std::bit_cast<std::uint32_t>(static_cast<float>(i + 1)));
  }
  return named;
}

std::vector<float> product(const GemmProblem& problem) {
  model::FunctionalCore core(device::Hardware{4, 40, 64, 64});
  std::vector<float> values;
  for (const std::uint32_t bits : compute(core, problem).values) {
    values.push_back(std::bit_cast<float>(bits));
  }
  return values;
}

std::string refusal(const GemmProblem& problem) {
  try {
    gemm_shape(problem);
  } catch (const ShapeError& error) {
    return error.what();
  }
  return "accepted";
}

TEST(GemmProblem, Matrices) {
  GemmProblem problem{counting("a", {2, 3}), counting("b", {3, 2}), false, false, {}};
  EXPECT_EQ(gemm_shape(problem), (device::GemmShape{2, 3, 2, 1}));
  EXPECT_EQ(product(problem), (std::vector<float>{22, 28, 49, 64}));
  problem.c = counting("c", {2, 2});
  EXPECT_EQ(product(problem), (std::vector<float>{23, 30, 52, 68}));
}

TEST(GemmProblem, Transposes) {
  EXPECT_EQ(product({counting("a", {2, 3}), counting("b", {2, 3}), false, true, {}}),
            (std::vector<float>{14, 32, 32, 77}));
  EXPECT_EQ(product({counting("a", {3, 2}), counting("b", {3, 1}), true, false, {}}),
            (std::vector<float>{22, 28}));
}

TEST(GemmProblem, VectorsAreRowsOfAAndColumnsOfB) {
  EXPECT_EQ(product({counting("a", {3}), counting("b", {3}), false, false, {}}),
            (std::vector<float>{14}));
  const GemmProblem row{counting("a", {3}), counting("b", {3, 2}), false, false,
                        counting("c", {2})};
  EXPECT_EQ(product(row), (std::vector<float>{23, 30}));
  const GemmProblem column{counting("a", {2, 3}), counting("b", {3}), false, false,
                           counting("c", {2})};
  EXPECT_EQ(product(column), (std::vector<float>{15, 34}));
}

TEST(GemmProblem, Batches) {
  const GemmProblem both{counting("a", {2, 1, 2}), counting("b", {2, 2, 1}), false, false, {}};
  EXPECT_EQ(gemm_shape(both), (device::GemmShape{1, 2, 1, 2}));
  EXPECT_EQ(product(both), (std::vector<float>{5, 25}));
  GemmProblem shared{counting("a", {2, 1, 2}), counting("b", {2, 2}), false, false, {}};
  EXPECT_EQ(product(shared), (std::vector<float>{7, 10, 15, 22}));
  shared.c = counting("c", {2, 1, 2});
  EXPECT_EQ(product(shared), (std::vector<float>{8, 12, 18, 26}));
  model::FunctionalCore core(device::Hardware{4, 40, 64, 64});
  EXPECT_EQ(compute(core, shared).shape, (std::vector<std::size_t>{2, 1, 2}));
  const GemmProblem other{counting("a", {1, 2}), counting("b", {2, 1, 2}), false, true, {}};
  EXPECT_EQ(product(other), (std::vector<float>{5, 11}));
}

TEST(GemmProblem, RefusesShapesThatDoNotFit) {
  EXPECT_EQ(refusal({counting("a", {2, 3}), counting("b", {2, 3}), false, false, {}}),
            "'a' has shape (2, 3) and 'b' has shape (2, 3): the inner dimensions 3 and 2 differ");
  EXPECT_THAT(refusal({counting("a", {2, 3}), counting("b", {3, 2}), true, false, {}}),
              HasSubstr("'a' has shape (2, 3) transposed"));
  EXPECT_THAT(refusal({counting("a", {2, 1, 3}), counting("b", {3, 3, 1}), false, false, {}}),
              HasSubstr("the batches of 2 and 3 matrices differ"));
  EXPECT_THAT(refusal({counting("a", {3}), counting("b", {3, 2}), true, false, {}}),
              HasSubstr("expected a matrix where it is transposed"));
  EXPECT_EQ(
      refusal({counting("a", {2, 3}), counting("b", {3, 2}), false, false, counting("c", {2, 3})}),
      "'c' has shape (2, 3), expected (2, 2), the shape of the product");
  EXPECT_THAT(
      refusal({counting("a", {2, 3}), counting("b", {3, 2}), false, false, counting("c", {2})}),
      HasSubstr("expected (2, 2)"));
}

}  // namespace
}  // namespace gradcore::cli
