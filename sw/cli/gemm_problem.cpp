// SPDX-License-Identifier: Apache-2.0
#include "sw/cli/gemm_problem.h"

#include <fmt/format.h>

#include <algorithm>
#include <span>
#include <utility>

#include "sw/device/matmul.h"

namespace gradcore::cli {
namespace {

constexpr std::size_t kMaxDimension = 0x7FFFFFFF;  // sizes are 32-bit; room to round up to tiles

struct Matrices {
  std::uint32_t batch = 1, rows = 0, columns = 0;  // after transposing
};

Matrices matrices(const NamedTensor& named, bool transposed, bool vector_is_row) {
  const std::vector<std::size_t>& shape = named.tensor.shape;
  for (const std::size_t size : shape) {
    if (size > kMaxDimension) {
      throw ShapeError(fmt::format("'{}' has shape {}, expected dimensions below 2^31", named.name,
                                   io::shape_text(shape)));
    }
  }
  const auto at = [&](std::size_t i) { return static_cast<std::uint32_t>(shape[i]); };
  if (shape.size() == 1) {
    if (transposed) {
      throw ShapeError(fmt::format("'{}' has shape {}, expected a matrix where it is transposed",
                                   named.name, io::shape_text(shape)));
    }
    return vector_is_row ? Matrices{1, 1, at(0)} : Matrices{1, at(0), 1};
  }
  const std::size_t row = shape.size() - 2;
  Matrices result{row == 1 ? at(0) : 1, at(row), at(row + 1)};
  if (transposed) std::swap(result.rows, result.columns);
  return result;
}

std::string describe(const NamedTensor& named, bool transposed) {
  return fmt::format("'{}' has shape {}{}", named.name, io::shape_text(named.tensor.shape),
                     transposed ? " transposed" : "");
}

// The part of a tensor that belongs to one matrix of the batch.
template <typename T>
std::span<T> slice(std::span<T> values, std::size_t size, std::size_t index) {
  return values.size() == size ? values : values.subspan(index * size, size);
}

}  // namespace

NamedTensor load_tensor(const std::filesystem::path& path) {
  return {path.string(), io::load_npy(path)};
}

device::GemmShape gemm_shape(const GemmProblem& problem) {
  const Matrices a = matrices(problem.a, problem.trans_a, true);
  const Matrices b = matrices(problem.b, problem.trans_b, false);
  const auto mismatch = [&](const std::string& what) {
    throw ShapeError(fmt::format("{} and {}: {}", describe(problem.a, problem.trans_a),
                                 describe(problem.b, problem.trans_b), what));
  };
  if (a.columns != b.rows) {
    mismatch(fmt::format("the inner dimensions {} and {} differ", a.columns, b.rows));
  }
  if (a.batch != b.batch && a.batch != 1 && b.batch != 1) {
    mismatch(fmt::format("the batches of {} and {} matrices differ", a.batch, b.batch));
  }
  const device::GemmShape shape{a.rows, a.columns, b.columns, std::max(a.batch, b.batch)};
  if (problem.c) check_result_shape(*problem.c, shape);
  return shape;
}

void check_result_shape(const NamedTensor& tensor, const device::GemmShape& shape) {
  const Matrices c = matrices(tensor, false, shape.m == 1);
  if (c.rows == shape.m && c.columns == shape.n && c.batch == shape.batch) return;
  std::vector<std::size_t> expected = {shape.m, shape.n};
  if (shape.batch != 1) expected.insert(expected.begin(), shape.batch);
  throw ShapeError(fmt::format("{}, expected {}, the shape of the product", describe(tensor, false),
                               io::shape_text(expected)));
}

io::Tensor compute(device::Device& device, const GemmProblem& problem) {
  const device::GemmShape shape = gemm_shape(problem);
  const std::size_t a_size = std::size_t{shape.m} * shape.k;
  const std::size_t b_size = std::size_t{shape.k} * shape.n;
  const std::size_t y_size = std::size_t{shape.m} * shape.n;

  io::Tensor y;
  y.shape = {shape.m, shape.n};
  const bool has_batch = problem.a.tensor.shape.size() == 3 || problem.b.tensor.shape.size() == 3;
  if (has_batch) y.shape.insert(y.shape.begin(), shape.batch);
  y.values.resize(y_size * shape.batch);

  const std::span<const std::uint32_t> a(problem.a.tensor.values);
  const std::span<const std::uint32_t> b(problem.b.tensor.values);
  const std::span<std::uint32_t> result(y.values);
  device::MatmulArgs args;
  args.shape = shape;
  args.trans_x = problem.trans_a;
  args.trans_w = problem.trans_b;
  if (a.size() == a_size * shape.batch && b.size() == b_size * shape.batch) {
    args.x = a;
    args.w = b;
    if (problem.c) args.c = problem.c->tensor.values;
    args.y = result;
    device::matmul(device, args);
    return y;
  }
  // One operand serves the whole batch.
  std::vector<device::MatmulArgs> list(shape.batch, args);
  for (std::size_t i = 0; i < list.size(); ++i) {
    list[i].shape.batch = 1;
    list[i].x = slice(a, a_size, i);
    list[i].w = slice(b, b_size, i);
    if (problem.c) {
      list[i].c = slice(std::span<const std::uint32_t>(problem.c->tensor.values), y_size, i);
    }
    list[i].y = slice(result, y_size, i);
  }
  device::matmul(device, list);
  return y;
}

}  // namespace gradcore::cli
