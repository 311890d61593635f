// SPDX-License-Identifier: Apache-2.0
// A training step that writes down what flows between its layers.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "sw/nn/watch.h"

namespace gradcore::nn {

// A matrix in DRAM, in binary32, in as many parts as it has chunks or blocks.
struct Dumped {
  struct Part {
    std::uint64_t address = 0;  // row by row
    std::uint32_t row = 0, col = 0, rows = 0, cols = 0;
  };
  std::string name;
  std::uint32_t rows = 0, cols = 0;
  std::vector<Part> parts;
};

// Stores a copy in binary32 of everything it is shown. Values stay as they are, with what is fused
// into their first use: the step computes the same numbers as one that nobody watches.
class DumpWriter final : public Watcher {
 public:
  // Room in DRAM for so many bytes.
  using Allocate = std::function<std::uint64_t(const std::string& name, std::uint64_t bytes)>;
  explicit DumpWriter(Allocate allocate) : allocate_(std::move(allocate)) {}

  void show(Step& step, const std::string& name, Side side, const Value& value) override;
  // In the order in which they were first shown.
  const std::vector<Dumped>& dumped() const { return dumped_; }

 private:
  Allocate allocate_;
  std::vector<Dumped> dumped_;
};

}  // namespace gradcore::nn
