// SPDX-License-Identifier: Apache-2.0
// Snapshots of a run as files: .npz, an array for each parameter and each state of one.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "sw/nn/training.h"

namespace gradcore::nn {

// What parameters and a network must have in common for them to mean the same, as text.
std::string network_of(const Model& model);
// What a checkpoint and a run that goes on from it must have in common besides.
std::string run_of(const Model& model);

// Whole or not at all: a run that dies leaves the file of before. Throws io::FileError.
void save_checkpoint(const std::filesystem::path& path, const Model& model,
                     const Snapshot& snapshot);
// Throws io::FileError for a file that is damaged or is no checkpoint, compiler::CompileError for
// one of another network or another run.
Snapshot load_checkpoint(const std::filesystem::path& path, const Model& model);

// Parameters only, to and from other programs. `load_weights` wants each of them and no others, in
// any order.
void save_weights(const std::filesystem::path& path, const Snapshot& snapshot);
Snapshot load_weights(const std::filesystem::path& path, const Model& model);

// To use what was learned: the parameters of either kind of file. Of a checkpoint only the network
// must be the same, whatever the run was.
Snapshot load_parameters(const std::filesystem::path& path, const Model& model);

}  // namespace gradcore::nn
