// SPDX-License-Identifier: Apache-2.0
// List memory, which no instruction stores: an indexed load that may only name row 0 of DRAM tells
// of the first entry that is anything else, and what it holds; one that has a table of row numbers
// in DRAM brings the low bits of all entries back.
#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <vector>

#include "sw/bringup/checks.h"
#include "sw/bringup/failure.h"
#include "sw/bringup/twin.h"

namespace gradcore::bringup {
namespace {

// Rows of one indexed load: as many elements of accumulator memory, one to a line.
constexpr std::uint32_t kPart = 256;
constexpr std::uint64_t kList = Twin::kData;          // what goes to the list
constexpr std::uint64_t kTable = Twin::kData + 4096;  // rows of 4 bytes, each holding its number
constexpr std::uint32_t kTableRows = 1024;
constexpr std::uint64_t kBack = kTable + 4 * kTableRows;

constexpr const char* kHint =
    "one bit of many entries is a block RAM of list memory or a time that "
    "is too short; one entry is a cell";

class ListTest {
 public:
  explicit ListTest(Board& board) : twin_(board), entries_(twin_.hardware().list_entries()) {}

  std::uint32_t entries() const { return entries_; }

  // All entries one value, 0 (row 0) or 32 ones (no row): then no load is refused.
  void background(std::uint32_t value) {
    twin_.write(kList, bytes_of(std::vector<std::uint32_t>(kPart, value)));
    std::string text;
    for (std::uint32_t at = 0; at < entries_; at += kPart) text += fill(at);
    text += "sync\n";
    for (std::uint32_t at = 0; at < entries_; at += kPart) text += gather(at, 1);
    run(text + "halt\n", [value](std::uint32_t) { return value; });
  }

  // Each entry the number of a row of the table, other ones with every `factor`.
  void rows(std::uint32_t factor) {
    const auto value = [factor](std::uint32_t entry) {
      return (entry ^ entry / kTableRows * 0x155u) * factor % kTableRows;
    };
    std::vector<std::uint32_t> table(kTableRows);
    for (std::uint32_t r = 0; r < kTableRows; ++r) table[r] = r;
    twin_.write(kTable, bytes_of(table));
    std::vector<std::uint32_t> list(kPart);
    for (std::uint32_t at = 0; at < entries_; at += kPart) {
      for (std::uint32_t i = 0; i < kPart; ++i) list[i] = value(at + i);
      twin_.write(kList, bytes_of(list));
      run(fill(at) + "halt\n", value);
    }
    for (std::uint32_t at = 0; at < entries_; at += kPart) {
      run(gather(at, kTableRows) +
              fmt::format("sync\nstore rows={} cols=1 mem=0x80000000 mem_rows={} dram={} "
                          "pitch=4\nhalt\n",
                          kPart, twin_.hardware().accumulator_tile_bytes(), kBack),
          value);
      for (const Difference& d : twin_.compare(kBack, kPart, 1)) {
        throw Failure(
            fmt::format("list memory, entry {}, bit {}: expected row 0x{:x}, got 0x{:x}",
                        at + d.row, std::countr_zero(d.expected ^ d.got), d.expected, d.got),
            kHint);
      }
    }
  }

 private:
  static std::string fill(std::uint32_t at) {
    return fmt::format("load to_list=1 rows=1 cols={} dram={} pitch={} list_at={}\n", kPart, kList,
                       4 * kPart, at);
  }
  std::string gather(std::uint32_t at, std::uint32_t limit) const {
    return fmt::format(
        "load indexed=1 rows={} cols=1 mem=0x80000000 mem_rows={} dram={} pitch=4 limit={} "
        "list_at={}\n",
        kPart, twin_.hardware().accumulator_tile_bytes(), kTable, limit, at);
  }

  // A program whose loads are not refused, unless an entry of the list is not what it was set to.
  template <typename Value>
  void run(const std::string& text, Value value) {
    const isa::Assembly assembly = isa::assemble_with_source(text, "bring-up");
    const std::string bytes = isa::to_bytes(assembly.program);
    twin_.write(0, std::as_bytes(std::span(bytes)));
    const runtime::Status want = run_to_end(twin_.model(), 0);
    if (want.state != runtime::State::kDone) throw std::logic_error("a list for tests is refused");
    const runtime::Status got = run_to_end(twin_.chip(), 0);
    if (got.state == runtime::State::kDone) return;
    const std::size_t index = got.address / isa::kInstructionBytes;
    if (got.error != isa::Error::kIndex || index >= assembly.program.size()) {
      throw Failure(fmt::format("list memory: expected 'the program ended', got '{}'",
                                runtime::describe(got, assembly)));
    }
    const std::uint32_t entry = assembly.program[index].get(isa::load::kListAt) + got.position;
    throw Failure(fmt::format("list memory, entry {}, bit {}: expected 0x{:x}, got 0x{:x}", entry,
                              std::countr_zero(value(entry) ^ got.index), value(entry), got.index),
                  kHint);
  }

  Twin twin_;
  std::uint32_t entries_;
};

}  // namespace

std::uint32_t check_list_memory(Board& board) {
  ListTest test(board);
  for (const std::uint32_t value : {0u, ~0u, 0u}) test.background(value);
  // Modulo the rows of the table the second factor is -1: every bit of the number is both 0 and 1.
  test.rows(1);
  test.rows(kTableRows - 1);
  return test.entries();
}

}  // namespace gradcore::bringup
