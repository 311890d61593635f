// SPDX-License-Identifier: Apache-2.0
// What the steps do. Each gives the figure of a pass, and throws Failure, NotThere, or what the
// line and the device throw.
#pragma once

#include <cstdint>
#include <string>

#include "sw/bringup/board.h"
#include "sw/bringup/step.h"

namespace gradcore::bringup {

std::string check_link(Board& board, const Settings& settings);
std::string check_identity(Board& board, const Settings& settings);
std::string check_registers(Board& board, const Settings& settings);
std::string check_dram(Board& board, const Settings& settings);
std::string check_local_memory(Board& board, const Settings& settings);
std::string check_dma(Board& board, const Settings& settings);
std::string check_array(Board& board, const Settings& settings);
std::string check_vector(Board& board, const Settings& settings);
std::string check_errors(Board& board, const Settings& settings);
std::string check_gemm(Board& board, const Settings& settings);
std::string check_training_step(Board& board, const Settings& settings);
std::string check_training(Board& board, const Settings& settings);
std::string check_counters(Board& board, const Settings& settings);
std::string check_soak(Board& board, const Settings& settings);

// A part of check_local_memory. Returns how many entries there are.
std::uint32_t check_list_memory(Board& board);

// The three products of a layer of random size and operands.
struct LayerSize {
  std::uint32_t batch = 0, inputs = 0, outputs = 0;
};
void check_layer(Board& board, const LayerSize& size, std::uint64_t seed);

// Training steps of a small network on synthetic data: `steps` of them, all of their DRAM compared.
// Returns its size in bytes.
std::uint64_t check_small_network(Board& board, const Settings& settings, std::uint64_t seed,
                                  std::uint32_t steps);

}  // namespace gradcore::bringup
