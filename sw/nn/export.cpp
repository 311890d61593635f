// SPDX-License-Identifier: Apache-2.0
#include "sw/nn/export.h"

#include <algorithm>
#include <cstring>
#include <nlohmann/json.hpp>
#include <optional>

#include "sw/io/npz.h"

namespace gradcore::nn {
namespace {

using io::ElementType;
using io::NpzEntry;

// Mini-batches one after the other, of which only one is in memory at a time.
class Batches {
 public:
  // Gives inputs and labels of a batch.
  using Get = std::function<void(std::uint64_t, std::span<float>, std::span<float>)>;
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
      if (at_ != batch) get_(batch, inputs_, labels_);
      at_ = batch;
      const std::uint64_t within = offset % each;
      const auto count =
          static_cast<std::size_t>(std::min<std::uint64_t>(each - within, piece.size()));
      std::memcpy(piece.data(), reinterpret_cast<const std::byte*>(values.data()) + within, count);
      piece = piece.subspan(count);
      offset += count;
    }
  }

 private:
  Get get_;
  std::vector<float> inputs_, labels_;
  std::optional<std::uint64_t> at_;
};

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
}

Batches::Get training_from(Feed& feed, std::uint64_t first) {
  return [&feed, first](std::uint64_t step, std::span<float> inputs, std::span<float> labels) {
    datasets::ClickBatch categories;
    feed.training(first + step, {inputs, labels, &categories});
  };
}

}  // namespace

void save_batches(const std::filesystem::path& path, const Model& model, Feed& feed,
                  std::uint64_t steps, std::uint32_t test_batches) {
  std::vector<NpzEntry> entries;
  append(entries, "", model, steps, training_from(feed, 0));
  if (test_batches > 0) {
    append(entries, "test_", model, test_batches,
           [&feed](std::uint64_t batch, std::span<float> inputs, std::span<float> labels) {
             datasets::ClickBatch categories;
             feed.test(static_cast<std::uint32_t>(batch), {inputs, labels, &categories});
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
  const nlohmann::ordered_json about = {
      {"format", "gradcore dump 1"},       {"model", model.description().name},
      {"step", step.before.step},          {"classes", model.data().classes},
      {"sequence", model.data().sequence}, {"is_text", model.data().is_text}};
  const std::string text = about.dump();
  std::vector<io::NamedArray> arrays;
  arrays.push_back(
      {"about", io::make_array<std::uint8_t>(ElementType::kUint8, {text.size()},
                                             std::vector<std::uint8_t>(text.begin(), text.end()))});
  arrays.push_back(
      {"loss", io::make_array<float>(ElementType::kFloat32, {}, std::span(&step.loss, 1))});
  for (const auto* tensors : {&step.before.parameters, &step.tensors}) {
    for (const Tensor& t : *tensors) {
      arrays.push_back(
          {t.name, io::make_array<float>(ElementType::kFloat32, {t.rows, t.cols}, t.values)});
    }
  }
  std::vector<NpzEntry> entries;
  for (const io::NamedArray& array : arrays) {
    entries.push_back(io::npz_entry(array.name, array.array));
  }
  append(entries, "", model, 1, training_from(feed, step.before.step));
  io::save_npz(path, entries);
}

}  // namespace gradcore::nn
