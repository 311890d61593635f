// SPDX-License-Identifier: Apache-2.0
#include "tb/harness/mismatch.h"

#include <bit>
#include <deque>
#include <span>
#include <utility>
#include <vector>

#include "tb/harness/gtkwave.h"
#include "tb/harness/mismatch_report.h"

namespace gradcore::harness {
namespace {

constexpr std::uint64_t kMargin = 32;     // cycles recorded before and after the vector
constexpr std::uint64_t kShown = 3;       // and shown at first
constexpr std::uint64_t kCycleTime = 10;  // ns in the waveform

// Ends a replay in which all has been seen.
struct Seen {};

// A core that is watched in every cycle while somebody uses it.
class WatchedDevice final : public device::Device {
 public:
  WatchedDevice(const Investigation& work, const MakeCore& make_core)
      : rtl_(work.hardware, make_core()), checker_(work.hardware) {
    rtl_.set_stalls(work.stalls);
  }

  const device::Hardware& hardware() const override { return rtl_.hardware(); }
  void write_line(std::uint32_t address, std::span<const std::uint32_t> values,
                  std::uint32_t lane_mask) override {
    checker_.host_write(address, values, lane_mask);
    rtl_.write_line(address, values, lane_mask);
  }
  void read_line(std::uint32_t address, std::span<std::uint32_t> values) override {
    rtl_.read_line(address, values);
  }
  void submit(const device::GemmCommand& command) override {
    checker_.command(command);
    rtl_.submit(command);
  }
  device::Completion wait() override { return rtl_.wait(); }
  device::Counters counters() const override { return rtl_.counters(); }

  RtlDevice& rtl() { return rtl_; }
  WriteChecker& checker() { return checker_; }

 private:
  RtlDevice rtl_;
  WriteChecker checker_;
};

void replay(const Investigation& work, WatchedDevice& device) {
  try {
    work.replay(device);
  } catch (const Seen&) {
  }
}

std::optional<Mismatch> find_write(const Investigation& work, const MakeCore& make_core) {
  WatchedDevice device(work, make_core);
  const CoreModel& model = device.rtl().model();
  std::optional<Mismatch> found;
  std::deque<std::uint64_t> entries;  // cycles in which the vectors now under way entered
  device.rtl().set_observer([&] {
    const std::uint64_t cycle = device.counters().cycles;
    if (const ResultWrite write = model.result_write(); write.valid) {
      std::optional<WrongWrite> wrong = device.checker().check(write);
      if (wrong) {
        found.emplace();
        found->write = std::move(*wrong);
        found->entry = entries.empty() ? cycle : entries.front();
        found->cycle = cycle;
        found->time = model.time();
        throw Seen();
      }
      if (!entries.empty()) entries.pop_front();
    }
    if (model.vector_enters()) entries.push_back(cycle);
  });
  replay(work, device);
  return found;
}

// The significand as PEs hold it: shifted within the byte that its gap ends in.
std::uint32_t shifted(const model::AlignedVector<32>& vector, unsigned lane) {
  return (vector.significand[lane] << 7) >> (vector.distance[lane] % 8);
}

// What a PE should hold for lane `lane` of the two vectors.
std::uint32_t operand_bits(const model::AlignedVector<32>& vector, unsigned lane) {
  const std::uint16_t bits = vector.bits[lane];
  return (model::bf16_is_nan(bits) ? 1u << 21 : 0u) |
         (model::bf16_is_infinite(bits) ? 1u << 20 : 0u) |
         (model::bf16_is_zero(bits) ? 1u << 19 : 0u) | vector.sign[lane] << 18 |
         vector.distance[lane] / 8 << 15 | shifted(vector, lane);
}

// The column that a wrong result comes from, row by row as the wave of its vector passes.
class ColumnWatch {
 public:
  // Cycles from the entry of a vector until PE (0, 0) has its operands.
  static constexpr std::uint64_t kEntryLatency = 7;

  ColumnWatch(const Mismatch& found, const device::Hardware& hardware)
      : n_(hardware.n),
        f_(hardware.f),
        column_(found.write.column % hardware.n),
        start_(found.entry + kEntryLatency + column_),
        x_(model::align_vector<32>(found.write.operands.streamed)),
        w_(model::align_vector<32>(found.write.operands.stationary)) {}

  void look(const CoreModel& model, std::uint64_t cycle) {
    // Row r: operands at start + r, product a cycle later, the sum below it another one later.
    if (cycle < start_ || wrong_) return;
    cycle_ = cycle;
    const std::uint64_t age = cycle - start_;
    if (age >= 2 && age < n_ + 2) check_sum(static_cast<unsigned>(age - 2), model);
    if (age >= 1 && age < n_ + 1) check_product(static_cast<unsigned>(age - 1), model);
    if (age < n_) check_operands(static_cast<unsigned>(age), model);
  }

  const std::optional<WrongPe>& wrong() const { return wrong_; }

 private:
  using What = WrongPe::What;

  void compare(unsigned row, What what, std::uint64_t expected, std::uint64_t got) {
    if (expected != got && !wrong_) wrong_ = WrongPe{row, column_, what, cycle_, expected, got};
  }

  void check_operands(unsigned row, const CoreModel& model) {
    const PeState pe = model.pe(row, column_);
    compare(row, What::kStreamed, operand_bits(x_, row), pe.streamed);
    compare(row, What::kStationary, operand_bits(w_, row), pe.stationary);
  }

  void check_product(unsigned row, const CoreModel& model) {
    const std::uint64_t magnitude = shifted(x_, row) * shifted(w_, row);
    const std::uint64_t bytes = x_.distance[row] / 8 + w_.distance[row] / 8;
    const std::uint32_t gap = x_.distance[row] + w_.distance[row];
    const std::uint64_t sign = x_.sign[row] ^ w_.sign[row];
    specials_ = specials(row);
    const std::uint64_t product = specials_ << 35 | sign << 34 | bytes << 30 | magnitude;
    compare(row, What::kProduct, product, model.pe(row, column_).product);
    const std::uint64_t term =
        model::aligned_product(x_.significand[row], w_.significand[row], gap, f_);
    sums_.push_back((sums_.empty() ? 0 : sums_.back()) + (sign ? 0 - term : term));
  }

  void check_sum(unsigned row, const CoreModel& model) {
    const unsigned bits = f_ + 1 + static_cast<unsigned>(std::countr_zero(n_));
    const std::uint64_t mask = (std::uint64_t{1} << bits) - 1;
    compare(row, What::kSum, sums_.at(row) & mask, model.sum_into(row + 1, column_).sum);
  }

  std::uint32_t specials(unsigned row) const {
    model::AlignedVector<1> x{}, w{};
    x.bits[0] = x_.bits[row];
    w.bits[0] = w_.bits[row];
    const model::Specials found = model::tile_specials(x, w);
    return (found.nan ? 4u : 0u) | (found.positive_infinity ? 2u : 0u) |
           (found.negative_infinity ? 1u : 0u);
  }

  unsigned n_, f_, column_;
  std::uint64_t start_, cycle_ = 0;
  model::AlignedVector<32> x_, w_;
  std::uint64_t specials_ = 0;
  std::vector<std::uint64_t> sums_;  // below each row
  std::optional<WrongPe> wrong_;
};

void record_window(const Investigation& work, const MakeCore& make_core, Mismatch& found) {
  std::filesystem::create_directories(work.folder);
  found.waves = std::filesystem::absolute(work.folder / (file_name(work.test) + ".fst"));
  const std::uint64_t from = found.entry > kMargin ? found.entry - kMargin : 0;
  const std::uint64_t to = found.cycle + kMargin;

  WatchedDevice device(work, make_core);
  CoreModel& model = device.rtl().model();
  std::optional<ColumnWatch> column;
  if (!found.write.operands.streamed.empty()) column.emplace(found, work.hardware);
  device.rtl().set_observer([&] {
    const std::uint64_t cycle = device.counters().cycles;
    if (cycle < from) return;
    if (cycle == from) model.open_trace(found.waves.string());
    if (column) column->look(model, cycle);
    if (cycle == to) throw Seen();
  });
  replay(work, device);
  model.close_trace();
  if (column) found.pe = column->wrong();

  // Shown: from the fault (or the entry of the vector) to the write, and a little around it.
  const auto time_of = [&found](std::uint64_t cycle) {
    return found.time - (found.cycle - cycle) * kCycleTime;
  };
  const std::uint64_t first = found.pe ? found.pe->cycle : found.entry;
  WaveView view{.from = time_of(first > from + kShown ? first - kShown : from),
                .to = found.time + kShown * kCycleTime,
                .marker = found.time};
  if (found.pe) {
    view.second_marker = static_cast<std::int64_t>(time_of(found.pe->cycle));
    view.pe_row = static_cast<int>(found.pe->row);
    view.pe_column = static_cast<int>(found.pe->column);
  }
  found.view = write_view(found.waves, view);
}

}  // namespace

std::optional<Mismatch> investigate(const Investigation& work, const MakeCore& make_core) {
  std::optional<Mismatch> found = find_write(work, make_core);
  if (!found) return found;
  record_window(work, make_core, *found);
  found->report = describe_mismatch(work, *found);
  return found;
}

std::string explain_mismatch(const Investigation& work) {
  try {
    const auto make_core = [&work] { return make_core_model(work.hardware, true); };
    const std::optional<Mismatch> found = investigate(work, make_core);
    if (found) return found->report;
    return "  Done again on a fresh core, every result is written as it should be: the fault lies "
           "in "
           "memory\n  or in the host's port, or needs what was done before.\n";
  } catch (const DesignError& error) {
    return std::string("  Done again on a fresh core: ") + error.what() + ".\n";
  } catch (const std::invalid_argument&) {
    return "  Cycle, tile, PE and waveforms: make waves TEST='" + work.test +
           "' (or WAVES=1); this program has no traced cores.\n";
  }
}

}  // namespace gradcore::harness
