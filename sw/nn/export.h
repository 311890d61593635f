// SPDX-License-Identifier: Apache-2.0
// What other programs need to repeat a run, as .npz files.
#pragma once

#include <cstdint>
#include <filesystem>

#include "sw/nn/training.h"

namespace gradcore::nn {

// The mini-batches of a run's first steps in order, and of its test: float32 "inputs" of steps x
// rows x width, "labels" of steps x rows; of each table t of categories, uint32 "offsets.<t>" of
// steps x (rows + 1), counted from the beginning of "indices.<t>", which has those of all steps (of
// a step, they are what PyTorch's embedding_bag takes with include_last_offset); "test_inputs" and
// so on likewise, if there are any. Offsets and indices are in memory as a whole, of all else a
// batch. Throws io::FileError.
void save_batches(const std::filesystem::path& path, const Model& model, Feed& feed,
                  std::uint64_t steps, std::uint32_t test_batches);

// A step that was dumped (LaunchShape::dumps): parameters as they were before it under their names,
// "inputs" and so on of a single step as above, "loss", and Training::dumped(), with gradients of
// whole tables.
struct DumpedStep {
  Snapshot before;
  float loss = 0;
  std::vector<Tensor> tensors;
};
// Trains one step. May throw compiler::ChipError.
DumpedStep dump_step(Training& training);
void save_dump(const std::filesystem::path& path, const Model& model, Feed& feed,
               const DumpedStep& step);

}  // namespace gradcore::nn
