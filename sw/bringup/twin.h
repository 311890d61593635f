// SPDX-License-Identifier: Apache-2.0
// The same data and programs on the board and on the functional model.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "sw/bringup/board.h"
#include "sw/isa/assembler.h"

namespace gradcore::bringup {

// Words as bytes, lowest byte first, and back.
std::vector<std::byte> bytes_of(std::span<const std::uint32_t> words);
std::vector<std::byte> bytes_of(std::span<const std::uint16_t> halves);
std::uint32_t word_at(std::span<const std::byte> bytes, std::size_t offset, unsigned size);

// An element that differs.
struct Difference {
  std::uint32_t row = 0, column = 0;
  std::uint32_t expected = 0, got = 0;  // bits
};

// Runs a program that must end with halt; its end on a device. Throws Failure when it has none.
runtime::Status run_to_end(runtime::Device& device, std::uint64_t address);

class Twin {
 public:
  // Programs lie at address 0 and end here at the latest.
  static constexpr std::uint64_t kData = 4096;

  // What DRAM holds before a program runs: zeros where they are needed, since lines are slow, or
  // everywhere.
  enum class Fill : std::uint8_t { kLittle, kAll };

  // Takes the first arena_bytes() of DRAM on both, all that a program may touch. Local memory and
  // list are zeros.
  explicit Twin(Board& board, Fill fill = Fill::kLittle);

  // 32 KiB, what the smallest board has, and more for arrays of more than 8 x 8.
  static std::uint64_t arena_bytes(const runtime::Hardware& hardware);
  std::uint64_t arena_bytes() const { return arena_; }
  const runtime::Hardware& hardware() const { return chip_.hardware(); }
  runtime::Device& chip() { return chip_; }
  runtime::Device& model() { return model_; }

  void write(std::uint64_t address, std::span<const std::byte> bytes);
  // Both must end likewise, and with halt. Throws Failure if the board's does not.
  void run(const std::string& text);
  // How both end, whatever that is. Throws Failure if they do not end likewise.
  runtime::Status compare_ends(const std::string& text);

  // Elements of 2 or 4 bytes of a matrix in DRAM, row by row without gaps.
  std::vector<std::uint32_t> elements(bool of_model, std::uint64_t address, std::size_t count,
                                      unsigned size = 4);
  std::vector<Difference> compare(std::uint64_t address, std::uint32_t rows, std::uint32_t cols,
                                  unsigned size = 4);
  // The address of the first byte of the arena that differs, and both bytes; none: beyond its end.
  struct Byte {
    std::uint64_t address = 0;
    unsigned expected = 0, got = 0;
  };
  Byte first_difference();

 private:
  void put(const isa::Program& program);

  runtime::Device& chip_;
  runtime::ModelDevice& model_;
  std::uint64_t arena_;
};

}  // namespace gradcore::bringup
