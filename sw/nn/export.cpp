// SPDX-License-Identifier: Apache-2.0
#include "sw/nn/export.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <nlohmann/json.hpp>
#include <optional>

#include "sw/io/npz.h"

namespace gradcore::nn {
namespace {

using datasets::Bags;
using io::ElementType;
using io::NpzEntry;

// Mini-batches one after the other, of which only one is in memory at a time.
class Batches {
 public:
  // Gives a batch by its number.
  using Get = std::function<void(std::uint64_t, const StepData&)>;
  enum class Part : std::uint8_t { kInputs, kLabels };

  Batches(const Model& model, Get get)
      : get_(std::move(get)),
        inputs_(std::size_t{model.rows()} * model.input_width()),
        labels_(model.rows()) {}

  // Bytes of the inputs (labels) of all batches from `offset` on.
  void read(Part part, std::uint64_t offset, std::span<std::byte> piece) {
    const std::vector<float>& values = part == Part::kInputs ? inputs_ : labels_;
    const std::uint64_t each = values.size() * sizeof(float);
    while (!piece.empty()) {
      const std::uint64_t batch = offset / each;
      get(batch);
      const std::uint64_t within = offset % each;
      const auto count =
          static_cast<std::size_t>(std::min<std::uint64_t>(each - within, piece.size()));
      std::memcpy(piece.data(), reinterpret_cast<const std::byte*>(values.data()) + within, count);
      piece = piece.subspan(count);
      offset += count;
    }
  }

  // The categories of a batch, until the next one is asked for.
  const datasets::ClickBatch& categories(std::uint64_t batch) {
    get(batch);
    return categories_;
  }

 private:
  void get(std::uint64_t batch) {
    if (at_ != batch) get_(batch, {inputs_, labels_, &categories_});
    at_ = batch;
  }

  Get get_;
  std::vector<float> inputs_, labels_;
  datasets::ClickBatch categories_;
  std::optional<std::uint64_t> at_;
};

// A table's bags of all batches, as one list.
void append(Bags& to, const Bags& bags) {
  const std::uint32_t first = to.offsets.empty() ? 0 : to.offsets.back();
  for (const std::uint32_t offset : bags.offsets) to.offsets.push_back(first + offset);
  to.indices.insert(to.indices.end(), bags.indices.begin(), bags.indices.end());
}

NpzEntry entry_of(std::string name, std::vector<std::size_t> shape,
                  std::vector<std::uint32_t> values) {
  const auto kept = std::make_shared<const std::vector<std::uint32_t>>(std::move(values));
  return {std::move(name), ElementType::kUint32, std::move(shape),
          [kept](std::uint64_t offset, std::span<std::byte> piece) {
            std::copy_n(
                std::as_bytes(std::span(*kept)).begin() + static_cast<std::ptrdiff_t>(offset),
                piece.size(), piece.begin());
          }};
}

void append(std::vector<NpzEntry>& to, const std::string& prefix, const Model& model,
            std::uint64_t count, const Batches::Get& get) {
  const auto batches = std::make_shared<Batches>(model, get);
  const auto entry = [&](const char* name, std::vector<std::size_t> shape, Batches::Part part) {
    to.push_back({prefix + name, ElementType::kFloat32, std::move(shape),
                  [batches, part](std::uint64_t offset, std::span<std::byte> piece) {
                    batches->read(part, offset, piece);
                  }});
  };
  const auto steps = static_cast<std::size_t>(count);
  entry("inputs", {steps, model.rows(), model.input_width()}, Batches::Part::kInputs);
  entry("labels", {steps, model.rows()}, Batches::Part::kLabels);
  std::vector<Bags> tables(model.data().tables.size());
  if (tables.empty()) return;
  for (Bags& bags : tables) bags.offsets.clear();
  for (std::uint64_t batch = 0; batch < count; ++batch) {
    const datasets::ClickBatch& categories = batches->categories(batch);
    for (std::size_t t = 0; t < tables.size(); ++t) append(tables[t], categories.tables[t]);
  }
  for (std::size_t t = 0; t < tables.size(); ++t) {
    to.push_back(entry_of(fmt::format("{}offsets.{}", prefix, t), {steps, model.rows() + 1},
                          std::move(tables[t].offsets)));
    const std::size_t indices = tables[t].indices.size();
    to.push_back(
        entry_of(fmt::format("{}indices.{}", prefix, t), {indices}, std::move(tables[t].indices)));
  }
}

Batches::Get training_from(Feed& feed, std::uint64_t first) {
  return
      [&feed, first](std::uint64_t step, const StepData& to) { feed.training(first + step, to); };
}

// From gradients of the slots of a step to those of the tables; what it did not need has 0.
std::vector<Tensor> table_gradients(const Model& model, Feed& feed, std::uint64_t step,
                                    const Tensor& slots) {
  std::vector<float> inputs(std::size_t{model.rows()} * model.input_width());
  std::vector<float> labels(model.rows());
  datasets::ClickBatch batch;
  feed.training(step, {inputs, labels, &batch});
  const BagLists& lists = model.interaction()->lists();
  std::vector<std::uint32_t> entries(lists.entries());
  lists.fill(batch, entries);
  std::vector<float> all(std::size_t{lists.rows()} * slots.cols, 0.0f);
  for (const BagLists::Chunk& chunk : lists.chunks()) {
    for (std::uint32_t s = 0; s < chunk.slots; ++s) {
      const std::size_t row = entries[chunk.rows.at + s];
      if (row >= lists.rows()) break;  // the rest of the list names none
      std::copy_n(slots.values.begin() + std::ptrdiff_t{chunk.first_slot + s} * slots.cols,
                  slots.cols, all.begin() + static_cast<std::ptrdiff_t>(row * slots.cols));
    }
  }
  std::vector<Tensor> out;
  auto from = all.begin();
  for (std::size_t t = 0; t < lists.tables().size(); ++t) {
    const std::uint32_t rows = lists.tables()[t].rows;
    const auto end = from + std::ptrdiff_t{rows} * slots.cols;
    out.push_back({"gradient of " + table_name(t, ""), rows, slots.cols, {from, end}});
    from = end;
  }
  return out;
}

}  // namespace

void save_batches(const std::filesystem::path& path, const Model& model, Feed& feed,
                  std::uint64_t steps, std::uint32_t test_batches) {
  std::vector<NpzEntry> entries;
  append(entries, "", model, steps, training_from(feed, 0));
  if (test_batches > 0) {
    append(entries, "test_", model, test_batches, [&feed](std::uint64_t batch, const StepData& to) {
      feed.test(static_cast<std::uint32_t>(batch), to);
    });
  }
  io::save_npz(path, entries);
}

DumpedStep dump_step(Training& training) {
  DumpedStep out;
  out.before = training.snapshot();
  out.loss = training.train(1).front();
  out.tensors = training.dumped();
  return out;
}

void save_dump(const std::filesystem::path& path, const Model& model, Feed& feed,
               const DumpedStep& step) {
  const nlohmann::ordered_json about = {{"format", "gradcore dump 1"},
                                        {"model", model.description().name},
                                        {"step", step.before.step},
                                        {"classes", model.data().classes},
                                        {"sequence", model.data().sequence},
                                        {"is_text", model.data().is_text},
                                        {"tables", model.data().tables.size()},
                                        {"seed", model.description().seed},
                                        {"chunks", model.chunks()}};
  const std::string text = about.dump();
  std::vector<io::NamedArray> arrays;
  arrays.push_back(
      {"about", io::make_array<std::uint8_t>(ElementType::kUint8, {text.size()},
                                             std::vector<std::uint8_t>(text.begin(), text.end()))});
  arrays.push_back(
      {"loss", io::make_array<float>(ElementType::kFloat32, {}, std::span(&step.loss, 1))});
  const auto add = [&](const std::vector<Tensor>& tensors) {
    for (const Tensor& t : tensors) {
      if (t.name == kRowGradients) continue;
      arrays.push_back(
          {t.name, io::make_array<float>(ElementType::kFloat32, {t.rows, t.cols}, t.values)});
    }
  };
  add(step.before.parameters);
  add(step.before.tables);
  add(step.tensors);
  for (const Tensor& t : step.tensors) {
    if (t.name == kRowGradients) add(table_gradients(model, feed, step.before.step, t));
  }
  std::vector<NpzEntry> entries;
  for (const io::NamedArray& array : arrays) {
    entries.push_back(io::npz_entry(array.name, array.array));
  }
  append(entries, "", model, 1, training_from(feed, step.before.step));
  io::save_npz(path, entries);
}

}  // namespace gradcore::nn
