// SPDX-License-Identifier: Apache-2.0
#include "sw/device/matmul.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <map>
#include <tuple>
#include <vector>

#include "sw/device/local_memory.h"

namespace gradcore::device {
namespace {

// The part of a GEMM that one command computes, in elements.
struct Range {
  std::uint32_t begin = 0, size = 0;
};

// Steps through 0..total in pieces of `step`.
template <typename Visit>
void for_each_piece(std::uint32_t total, std::uint32_t step, Visit visit) {
  for (std::uint32_t begin = 0; begin < total;) {
    const std::uint32_t size = std::min(step, total - begin);
    visit(Range{begin, size});
    begin += size;
  }
}

std::uint64_t halved(std::uint64_t tiles) { return (tiles + 1) / 2; }

// The largest pieces of a GEMM that fit into an empty local memory, in elements.
GemmShape piece_shape(const GemmShape& shape, const Hardware& hardware) {
  const unsigned n = hardware.n;
  const std::uint64_t operand = capacity(hardware, Memory::kOperand);
  const std::uint64_t accumulator = capacity(hardware, Memory::kAccumulator);
  if (operand < 2 || accumulator < 1) {
    throw AllocationError(
        fmt::format("{} KiB of operand and {} KiB of accumulator memory do not hold one {} x {} "
                    "tile of each matrix of a product",
                    hardware.operand_kib, hardware.accumulator_kib, n, n));
  }
  std::uint64_t m = tile_count(n, shape.m, 1);
  std::uint64_t k = tile_count(n, shape.k, 1);
  std::uint64_t w = tile_count(n, shape.n, 1);
  const auto fits = [&](std::uint64_t batch) {
    return (m + w) * k <= operand / batch && m * w <= accumulator / batch;
  };
  std::uint64_t batch = shape.batch;
  while (batch > 1 && !fits(batch)) batch = halved(batch);
  if (!fits(1)) {
    // Every operand is uploaded once per block of the result it takes part in, however K is cut,
    // so the result's blocks should be large and square.
    while (m + w > operand || m * w > accumulator) {
      auto& larger = m > w ? m : w;
      larger = halved(larger);
    }
    k = std::min(k, operand / (m + w));
  }
  const auto elements = [n](std::uint64_t tiles, std::uint32_t limit) {
    return static_cast<std::uint32_t>(std::min<std::uint64_t>(tiles * n, limit));
  };
  return {elements(m, shape.m), elements(k, shape.k), elements(w, shape.n),
          static_cast<std::uint32_t>(batch)};
}

void check(const char* name, std::size_t size, const GemmShape& shape, std::size_t rows,
           std::size_t cols) {
  if (size != rows * cols * shape.batch) {
    throw std::invalid_argument(fmt::format("{} holds {} values, {} x {} x {} expected", name, size,
                                            shape.batch, rows, cols));
  }
}

void check(const MatmulArgs& args) {
  const GemmShape& s = args.shape;
  if (macs(s) == 0) {
    throw std::invalid_argument(
        fmt::format("a product of {} x {} by {} x {}, batch {}", s.m, s.k, s.k, s.n, s.batch));
  }
  check("X", args.x.size(), s, s.m, s.k);
  check("W", args.w.size(), s, s.k, s.n);
  check("Y", args.y.size(), s, s.m, s.n);
  if (!args.c.empty()) check("C", args.c.size(), s, s.m, s.n);
}

// The block (batch, rows, cols) of a dense rows x cols matrix, which may be stored transposed.
struct Block {
  std::uint32_t total_rows, total_cols;
  Range batch, rows, cols;

  Block stored(bool transposed) const {
    return transposed ? Block{total_cols, total_rows, batch, cols, rows} : *this;
  }
  template <typename T>
  HostMatrix<T> of(std::span<T> dense) const {
    const std::size_t matrix = std::size_t{total_rows} * total_cols;
    const std::size_t start =
        batch.begin * matrix + std::size_t{rows.begin} * total_cols + cols.begin;
    return {dense.subspan(start), total_cols, matrix};
  }
};

// Collects commands whose operands lie in local memory, and runs them when it is full.
class Batcher {
 public:
  explicit Batcher(Device& device) : device_(device), memory_(device.hardware()) {}

  void add(const MatmulArgs& args, std::size_t index) {
    const GemmShape piece = piece_shape(args.shape, device_.hardware());
    for_each_piece(args.shape.batch, piece.batch, [&](Range batch) {
      for_each_piece(args.shape.m, piece.m, [&](Range m) {
        for_each_piece(args.shape.n, piece.n, [&](Range n) {
          add_result(args, index, {args.shape.m, args.shape.n, batch, m, n}, piece.k);
        });
      });
    });
  }

  MatmulReport finish() {
    run();
    fetch();
    return report_;
  }

 private:
  struct Result {
    LocalMatrix from;
    HostMatrix<std::uint32_t> to;
  };

  // All commands of one block of the result.
  void add_result(const MatmulArgs& args, std::size_t index, const Block& y, std::uint32_t k_step) {
    const Block stored = y.stored(args.trans_y);
    const unsigned n = device_.hardware().n;
    if (tile_count(n, stored.rows.size, stored.cols.size, y.batch.size) >
        memory_.free_tiles(Memory::kAccumulator)) {
      run();
      fetch();
    }
    const LocalMatrix place =
        memory_.allocate(Memory::kAccumulator, stored.rows.size, stored.cols.size, y.batch.size);
    if (!args.c.empty()) upload(device_, place, stored.of(args.c));
    results_.push_back({place, stored.of(args.y)});

    for_each_piece(args.shape.k, k_step, [&](Range k) {
      const Block x = Block{args.shape.m, args.shape.k, y.batch, y.rows, k}.stored(args.trans_x);
      const Block w = Block{args.shape.k, args.shape.n, y.batch, k, y.cols}.stored(args.trans_w);
      make_room(index, x, w);
      GemmCommand command;
      command.m = y.rows.size;
      command.k = k.size;
      command.n = y.cols.size;
      command.batch = y.batch.size;
      command.trans_x = args.trans_x;
      command.trans_w = args.trans_w;
      command.trans_y = args.trans_y;
      command.accumulate = !args.c.empty() || k.begin != 0;
      command.x = operand(index, 'x', x, args.x).ref;
      command.w = operand(index, 'w', w, args.w).ref;
      command.y = place.ref;
      const GemmShape shape{command.m, command.k, command.n, command.batch};
      commands_.push_back(oriented(
          command, args.orientation.value_or(best_orientation(shape, device_.hardware().n))));
    });
  }

  using Key = std::tuple<std::size_t, char, std::uint32_t, std::uint32_t, std::uint32_t>;
  static Key key(std::size_t index, char which, const Block& block) {
    return {index, which, block.batch.begin, block.rows.begin, block.cols.begin};
  }

  void make_room(std::size_t index, const Block& x, const Block& w) {
    const auto needed = [&](char which, const Block& block) {
      if (operands_.contains(key(index, which, block))) return std::uint64_t{0};
      return tile_count(device_.hardware().n, block.rows.size, block.cols.size, block.batch.size);
    };
    if (needed('x', x) + needed('w', w) > memory_.free_tiles(Memory::kOperand)) run();
  }

  // Uploads the block, unless it is there already.
  LocalMatrix operand(std::size_t index, char which, const Block& block,
                      std::span<const std::uint32_t> data) {
    const auto [entry, is_new] = operands_.try_emplace(key(index, which, block));
    if (is_new) {
      entry->second =
          memory_.allocate(Memory::kOperand, block.rows.size, block.cols.size, block.batch.size);
      upload(device_, entry->second, block.of(data));
    }
    return entry->second;
  }

  // Runs what is there; operand memory is then free again.
  void run() {
    report_ += run_commands(device_, commands_);
    commands_.clear();
    operands_.clear();
    memory_.reset(Memory::kOperand);
  }

  // Brings all results home; accumulator memory is then free again.
  void fetch() {
    for (const Result& result : results_) download(device_, result.from, result.to);
    results_.clear();
    memory_.reset(Memory::kAccumulator);
  }

  Device& device_;
  LocalAllocator memory_;
  std::vector<GemmCommand> commands_;
  std::vector<Result> results_;
  std::map<Key, LocalMatrix> operands_;
  MatmulReport report_;
};

std::string reason(const Completion& completion) {
  const char* const operands[] = {"a matrix", "X", "W", "Y"};
  const auto index = static_cast<std::size_t>(completion.operand);
  const std::string which = index < std::size(operands) ? operands[index] : "a matrix";
  switch (completion.error) {
    case GemmError::kNone:
      return "nothing is wrong";
    case GemmError::kZeroSize:
      return "a size is zero";
    case GemmError::kMisaligned:
      return fmt::format("the address or a stride of {} is not a multiple of its tile", which);
    case GemmError::kOutOfRange:
      return fmt::format("{} lies outside its memory", which);
    case GemmError::kOverlap:
      return fmt::format("rows of tiles of {} overlap", which);
    case GemmError::kReserved:
      return "a reserved bit is set";
  }
  return fmt::format("error {}", static_cast<unsigned>(completion.error));
}

}  // namespace

CommandError::CommandError(const Completion& completion)
    : std::runtime_error(
          fmt::format("the device refused GEMM command {}: {}", completion.id, reason(completion))),
      completion_(completion) {}

MatmulReport& MatmulReport::operator+=(const MatmulReport& other) {
  commands += other.commands;
  cycles += other.cycles;
  busy_cycles += other.busy_cycles;
  return *this;
}

MatmulReport run_commands(Device& device, std::span<const GemmCommand> commands) {
  const Counters before = device.counters();
  for (std::size_t i = 0; i < commands.size(); ++i) {
    GemmCommand command = commands[i];
    command.id = static_cast<std::uint32_t>(i);
    device.submit(command);
  }
  std::optional<Completion> refused;
  for (std::size_t i = 0; i < commands.size(); ++i) {
    const Completion completion = device.wait();
    if (completion.error != GemmError::kNone && !refused) refused = completion;
  }
  if (refused) throw CommandError(*refused);
  const Counters after = device.counters();
  return {commands.size(), after.cycles - before.cycles, after.busy_cycles - before.busy_cycles};
}

MatmulReport matmul(Device& device, const MatmulArgs& args) {
  return matmul(device, std::span(&args, 1));
}

MatmulReport matmul(Device& device, std::span<const MatmulArgs> list) {
  for (const MatmulArgs& args : list) check(args);
  Batcher batcher(device);
  for (std::size_t i = 0; i < list.size(); ++i) batcher.add(list[i], i);
  return batcher.finish();
}

}  // namespace gradcore::device
