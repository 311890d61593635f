// SPDX-License-Identifier: Apache-2.0
#include "sw/device/local_memory.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <bit>
#include <numeric>
#include <vector>

#include "sw/model/bf16.h"
#include "sw/model/functional_core.h"

namespace gradcore::device {
namespace {

using ::testing::HasSubstr;

constexpr Hardware kSmall{4, 40, 1, 1};  // 32 operand tiles, 16 accumulator tiles

std::string message_of(LocalAllocator& allocator, Memory memory, std::uint32_t rows,
                       std::uint32_t cols, std::uint32_t batch = 1) {
  try {
    allocator.allocate(memory, rows, cols, batch);
  } catch (const AllocationError& error) {
    return error.what();
  }
  return "fits";
}

TEST(LocalAllocator, PlacesMatricesTileByTile) {
  LocalAllocator allocator(kSmall);
  EXPECT_EQ(allocator.free_tiles(Memory::kOperand), 32u);
  EXPECT_EQ(allocator.free_tiles(Memory::kAccumulator), 16u);

  const LocalMatrix a = allocator.allocate(Memory::kOperand, 5, 9);  // 2 x 3 tiles of 32 bytes
  EXPECT_EQ(a.ref.address, 0u);
  EXPECT_EQ(a.ref.row_stride, 3u * 32);
  const LocalMatrix b = allocator.allocate(Memory::kOperand, 1, 1, 3);
  EXPECT_EQ(b.ref.address, 6u * 32);
  EXPECT_EQ(b.ref.batch_stride, 32u);
  const LocalMatrix y = allocator.allocate(Memory::kAccumulator, 4, 8);
  EXPECT_EQ(y.ref.address, kAccumulatorBase);
  EXPECT_EQ(y.ref.row_stride, 2u * 64);
  EXPECT_EQ(allocator.free_tiles(Memory::kOperand), 23u);
  EXPECT_EQ(allocator.free_tiles(Memory::kAccumulator), 14u);

  allocator.reset(Memory::kOperand);
  EXPECT_EQ(allocator.free_tiles(Memory::kOperand), 32u);
  EXPECT_EQ(allocator.free_tiles(Memory::kAccumulator), 14u);
}

TEST(LocalAllocator, SaysTheSizesWhenItDoesNotFit) {
  LocalAllocator allocator(kSmall);
  EXPECT_EQ(message_of(allocator, Memory::kOperand, 32, 16), "fits");  // to the last tile
  EXPECT_EQ(message_of(allocator, Memory::kOperand, 1, 1),
            "a matrix of 1 x 1 does not fit into operand memory: 1 tiles of 4 x 4 needed, 0 of 32 "
            "free (1 KiB in all)");
  EXPECT_THAT(message_of(allocator, Memory::kAccumulator, 17, 13),
              HasSubstr("a matrix of 17 x 13 does not fit into accumulator memory: 20 tiles"));
  EXPECT_THAT(message_of(allocator, Memory::kAccumulator, 4, 4, 17),
              HasSubstr("a batch of 17 matrices of 4 x 4"));
  EXPECT_EQ(message_of(allocator, Memory::kAccumulator, 4, 4, 16), "fits");
}

TEST(LocalAllocator, HugeSizesDoNotWrapAround) {
  LocalAllocator allocator(kSmall);
  EXPECT_NE(message_of(allocator, Memory::kOperand, ~0u, ~0u, ~0u), "fits");
  EXPECT_NE(message_of(allocator, Memory::kOperand, 1u << 31, 1u << 31, 16), "fits");
  EXPECT_THROW(allocator.allocate(Memory::kOperand, 0, 4), std::invalid_argument);
  EXPECT_THROW(allocator.allocate(Memory::kOperand, 4, 4, 0), std::invalid_argument);
}

std::vector<std::uint32_t> counted(std::size_t size) {
  std::vector<std::uint32_t> values(size);
  for (std::size_t i = 0; i < size; ++i) {
    values[i] = std::bit_cast<std::uint32_t>(static_cast<float>(i + 1) * 1.01f);
  }
  return values;
}

TEST(LocalMatrix, ThereAndBack) {
  for (const unsigned n : {4u, 8u, 16u, 32u}) {
    model::FunctionalCore core(Hardware{n, 40, 64, 64});
    for (const Memory memory : {Memory::kOperand, Memory::kAccumulator}) {
      LocalAllocator allocator(core.hardware());
      const LocalMatrix matrix = allocator.allocate(memory, 2 * n + 3, n + 1, 2);
      std::vector<std::uint32_t> values = counted(std::size_t{2} * matrix.rows * matrix.cols);
      upload(core, matrix, values);
      std::vector<std::uint32_t> back(values.size());
      download(core, matrix, back);
      if (memory == Memory::kOperand) {
        for (std::uint32_t& v : values) v = model::bf16_to_fp32(model::fp32_to_bf16_rne(v));
      }
      EXPECT_EQ(back, values) << n;
    }
  }
}

TEST(LocalMatrix, PaddingIsNeverWritten) {
  model::FunctionalCore core(kSmall);
  const std::vector<std::uint32_t> filler(4, 0x3F800000u);
  for (std::uint32_t line = 0; line < 16 * 4; ++line) {
    core.write_line(kAccumulatorBase + line * 16, filler, 0xF);
  }
  LocalAllocator allocator(core.hardware());
  const LocalMatrix matrix = allocator.allocate(Memory::kAccumulator, 5, 6);
  upload(core, matrix, std::vector<std::uint32_t>(30, 0u));
  std::size_t zeros = 0;
  for (std::uint32_t line = 0; line < 16 * 4; ++line) {
    std::vector<std::uint32_t> values(4);
    core.read_line(kAccumulatorBase + line * 16, values);
    zeros += static_cast<std::size_t>(std::count(values.begin(), values.end(), 0u));
  }
  EXPECT_EQ(zeros, 30u);
}

TEST(LocalMatrix, BlocksOfALargerHostMatrix) {
  model::FunctionalCore core(kSmall);
  LocalAllocator allocator(core.hardware());
  const LocalMatrix block = allocator.allocate(Memory::kAccumulator, 3, 5);
  const std::vector<std::uint32_t> host = counted(100);  // 10 x 10, the block is at (4, 5)
  upload(core, block, {std::span(host).subspan(45), 10, 100});
  std::vector<std::uint32_t> out(100, 7);
  download(core, block, {std::span(out).subspan(45), 10, 100});
  for (std::size_t i = 0; i < 100; ++i) {
    const bool inside = i / 10 >= 4 && i / 10 < 7 && i % 10 >= 5;
    EXPECT_EQ(out[i], inside ? host[i] : 7u) << i;
  }
}

TEST(LocalMatrix, FirstRowsAreInTheSamePlace) {
  LocalAllocator allocator(kSmall);
  const LocalMatrix whole = allocator.allocate(Memory::kOperand, 9, 5);
  const LocalMatrix part = whole.first_rows(2);
  EXPECT_EQ(part.rows, 2u);
  EXPECT_EQ(part.ref.row_stride, whole.ref.row_stride);
  EXPECT_THROW(whole.first_rows(10), std::invalid_argument);
  EXPECT_THROW(whole.first_rows(0), std::invalid_argument);
}

TEST(LocalMatrix, RefusesHostMemoryThatIsTooSmall) {
  model::FunctionalCore core(kSmall);
  LocalAllocator allocator(core.hardware());
  const LocalMatrix matrix = allocator.allocate(Memory::kOperand, 3, 5);
  std::vector<std::uint32_t> values(14);
  EXPECT_THROW(upload(core, matrix, values), std::invalid_argument);
  EXPECT_THROW(download(core, matrix, values), std::invalid_argument);
  values.resize(15);
  EXPECT_NO_THROW(upload(core, matrix, values));
  EXPECT_THROW(upload(core, matrix, {values, 4, 0}), std::invalid_argument);
}

}  // namespace
}  // namespace gradcore::device
