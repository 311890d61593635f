// SPDX-License-Identifier: Apache-2.0
#include "sw/bringup/twin.h"

#include <fmt/format.h>

#include <algorithm>

#include "sw/bringup/failure.h"

namespace gradcore::bringup {
namespace {

using isa::Program;
using runtime::State;
using runtime::Status;

// More cycles than the watchdog lets anything stand still for, and more instructions than any
// program here has.
constexpr std::uint64_t kLimit = 40'000'000;

template <typename T>
std::vector<std::byte> little_endian(std::span<const T> values) {
  std::vector<std::byte> out;
  out.reserve(values.size_bytes());
  for (const T value : values) {
    for (unsigned i = 0; i < sizeof(T); ++i)
      out.push_back(static_cast<std::byte>(value >> (8 * i)));
  }
  return out;
}

bool same_end(const Status& a, const Status& b) {
  return a.state == b.state && a.error == b.error && a.operand == b.operand &&
         a.address == b.address && a.instructions == b.instructions && a.position == b.position &&
         a.index == b.index;
}

// Zeros in both local memories and in the list, from zeros in DRAM at Twin::kData.
std::string clearing(const runtime::Hardware& h) {
  const std::uint32_t operands = h.operand_kib * 1024 / h.operand_tile_bytes();
  const std::uint32_t accumulators = h.accumulator_kib * 1024 / h.accumulator_tile_bytes();
  return fmt::format(
      "loop count={0}\n"
      "load format=bf16 rows={1} cols={1} mem=r1 dram={2} pitch={3}\n"
      "add rd=r1 rs=r1 value={4}\nend\n"
      "set rd=r2 value=0x80000000\nloop count={5}\n"
      "load format=fp32 rows={1} cols={1} mem=r2 dram={2} pitch={6}\n"
      "add rd=r2 rs=r2 value={7}\nend\n"
      "load to_list=1 rows={8} cols=64 dram={2} pitch=0\nhalt\n",
      operands, h.n, Twin::kData, 2 * h.n, h.operand_tile_bytes(), accumulators, 4 * h.n,
      h.accumulator_tile_bytes(), h.list_entries() / 64);
}

}  // namespace

std::vector<std::byte> bytes_of(std::span<const std::uint32_t> words) {
  return little_endian(words);
}
std::vector<std::byte> bytes_of(std::span<const std::uint16_t> halves) {
  return little_endian(halves);
}

std::uint32_t word_at(std::span<const std::byte> bytes, std::size_t offset, unsigned size) {
  std::uint32_t out = 0;
  for (unsigned i = size; i-- > 0;) {
    out = out << 8 | std::to_integer<std::uint32_t>(bytes[offset + i]);
  }
  return out;
}

Status run_to_end(runtime::Device& device, std::uint64_t address) {
  device.launch(address);
  const Status status = device.wait(kLimit);
  if (status.state == State::kRunning) {
    throw Failure(fmt::format("a program at 0x{:x} has not ended after {} cycles", address, kLimit),
                  "not even the watchdog ended it: look at clock and reset of the chip");
  }
  return status;
}

std::uint64_t Twin::arena_bytes(const runtime::Hardware& hardware) {
  const std::uint64_t scale = hardware.n <= 8 ? 1 : std::uint64_t{hardware.n} * hardware.n / 64;
  return scale << 15;
}

Twin::Twin(Board& board, Fill fill)
    : chip_(board.device()), model_(board.model()), arena_(arena_bytes(chip_.hardware())) {
  if (arena_ > chip_.dram_bytes()) {
    throw NotThere(fmt::format("needs {} KiB of DRAM", arena_ >> 10));
  }
  // The largest tile, and a row of the list.
  const std::uint64_t zeros = std::max(hardware().accumulator_tile_bytes(), 256u);
  if (fill == Fill::kAll) write(0, std::vector<std::byte>(arena_));
  if (fill == Fill::kLittle) write(kData, std::vector<std::byte>(zeros));
  for (runtime::Device* const device : {&chip_, static_cast<runtime::Device*>(&model_)}) {
    device->free_all();
    device->set_windows({0, arena_}, {0, arena_});
  }
  run(clearing(hardware()));
}

void Twin::write(std::uint64_t address, std::span<const std::byte> bytes) {
  chip_.write(address, bytes);
  model_.write(address, bytes);
}

void Twin::put(const Program& program) {
  const std::string bytes = isa::to_bytes(program);
  if (bytes.size() > kData) throw std::logic_error("a program runs into its data");
  write(0, std::as_bytes(std::span(bytes)));
}

Status Twin::compare_ends(const std::string& text) {
  const isa::Assembly assembly = isa::assemble_with_source(text, "bring-up");
  put(assembly.program);
  const Status want = run_to_end(model_, 0);
  const Status got = run_to_end(chip_, 0);
  if (!same_end(want, got)) {
    // 16 numbers that are no instruction say less than their address.
    const bool is_text = text.find(".words") == std::string::npos;
    const isa::Assembly shown = is_text ? assembly : isa::Assembly{};
    throw Failure(fmt::format("a program ends otherwise: expected '{}', got '{}'",
                              runtime::describe(want, shown), runtime::describe(got, shown)));
  }
  return got;
}

void Twin::run(const std::string& text) {
  const Status status = compare_ends(text);
  if (status.state != State::kDone) throw std::logic_error("a program for tests is refused");
}

std::vector<std::uint32_t> Twin::elements(bool of_model, std::uint64_t address, std::size_t count,
                                          unsigned size) {
  std::vector<std::byte> bytes(count * size);
  if (of_model) {
    model_.read(address, bytes);
  } else {
    chip_.read(address, bytes);
  }
  std::vector<std::uint32_t> out(count);
  for (std::size_t i = 0; i < count; ++i) out[i] = word_at(bytes, i * size, size);
  return out;
}

std::vector<Difference> Twin::compare(std::uint64_t address, std::uint32_t rows, std::uint32_t cols,
                                      unsigned size) {
  const std::size_t count = std::size_t{rows} * cols;
  const std::vector<std::uint32_t> want = elements(true, address, count, size);
  const std::vector<std::uint32_t> got = elements(false, address, count, size);
  std::vector<Difference> out;
  for (std::uint32_t i = 0; i < count; ++i) {
    if (want[i] != got[i]) out.push_back({i / cols, i % cols, want[i], got[i]});
  }
  return out;
}

Twin::Byte Twin::first_difference() {
  std::vector<std::byte> want(arena_), got(arena_);
  model_.read(0, want);
  chip_.read(0, got);
  const auto at = std::mismatch(want.begin(), want.end(), got.begin());
  if (at.first == want.end()) return {arena_, 0, 0};
  return {static_cast<std::uint64_t>(at.first - want.begin()), std::to_integer<unsigned>(*at.first),
          std::to_integer<unsigned>(*at.second)};
}

}  // namespace gradcore::bringup
