// SPDX-License-Identifier: Apache-2.0
// What of a training run embedding tables need.
#include <fmt/format.h>

#include <cmath>

#include "sw/nn/training.h"
#include "sw/train/random.h"

namespace gradcore::nn {

std::string table_name(std::size_t table, const std::string& suffix) {
  return fmt::format("table.{}{}", table, suffix);
}

std::vector<std::uint32_t> Training::lists_of(
    const std::vector<datasets::ClickBatch>& batches) const {
  const BagLists& lists = model_.interaction()->lists();
  std::vector<std::uint32_t> out(batches.size() * lists.entries());
  for (std::size_t b = 0; b < batches.size(); ++b) {
    lists.fill(batches[b], std::span(out).subspan(b * lists.entries(), lists.entries()));
  }
  return out;
}

void Training::write_list(const Region& region, std::span<const std::uint32_t> entries) {
  device_.write(region.address, std::as_bytes(entries));
}

// Embedding tables begin with uniform numbers, as in DLRM.
std::vector<Tensor> Training::start_tables() const {
  constexpr std::uint64_t kStream = std::uint64_t{1} << 40;  // apart from all others
  const Tables& tables = model_.tables();
  std::vector<Tensor> out;
  for (std::size_t t = 0; t < tables.shapes.size(); ++t) {
    const std::uint32_t rows = tables.shapes[t].rows;
    Tensor tensor{table_name(t, ""), rows, tables.features, {}};
    tensor.values.resize(std::size_t{rows} * tables.features);
    const float limit = 1 / std::sqrt(static_cast<float>(rows));
    for (std::size_t i = 0; i < tensor.values.size(); ++i) {
      tensor.values[i] = train::random_uniform(
          train::random_bits(model_.description().seed, kStream + t, i), limit);
    }
    out.push_back(std::move(tensor));
  }
  return out;
}

std::vector<Tensor> Training::read_tables(const Region& region, std::uint32_t cols,
                                          const char* suffix) {
  std::vector<Tensor> out;
  std::uint64_t offset = 0;
  const auto& shapes = model_.tables().shapes;
  for (std::size_t t = 0; region.bytes > 0 && t < shapes.size(); ++t) {
    const std::size_t count = std::size_t{shapes[t].rows} * cols;
    out.push_back({table_name(t, suffix), shapes[t].rows, cols, read(region, offset, count)});
    offset += 4 * count;
  }
  return out;
}

// Without tensors zeros.
void Training::write_tables(const std::vector<Tensor>& tables, const Region& region,
                            std::uint32_t cols) {
  if (region.bytes == 0) return;
  if (tables.empty()) {
    write(region, 0, std::vector<float>(region.bytes / 4, 0.0f));
    return;
  }
  const auto& shapes = model_.tables().shapes;
  if (tables.size() != shapes.size()) {
    throw compiler::CompileError(
        fmt::format("{} tables, expected {}", tables.size(), shapes.size()));
  }
  std::uint64_t offset = 0;
  for (std::size_t t = 0; t < tables.size(); ++t) {
    if (tables[t].rows != shapes[t].rows || tables[t].cols != cols) {
      throw compiler::CompileError(fmt::format("'{}' is {} x {}, expected {} x {}", tables[t].name,
                                               tables[t].rows, tables[t].cols, shapes[t].rows,
                                               cols));
    }
    write(region, offset, tables[t].values);
    offset += 4 * tables[t].values.size();
  }
}

}  // namespace gradcore::nn
