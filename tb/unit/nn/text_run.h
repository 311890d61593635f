// SPDX-License-Identifier: Apache-2.0
// A small model of text on the functional chip, with the program that takes a text on.
#pragma once

#include <fmt/format.h>

#include <memory>
#include <string>

#include "sw/nn/decoder.h"
#include "sw/nn/training.h"
#include "sw/runtime/model_device.h"
#include "tb/unit/io/scratch_folder.h"

namespace gradcore::nn {

// 20 different characters in an order that can be learned, with noise.
inline std::string small_text(std::size_t length = 4000) {
  std::string out;
  std::uint32_t state = 1;
  for (std::size_t i = 0; i < length; ++i) {
    state = state * 1664525u + 1013904223u;
    out += static_cast<char>('a' + (state >> 28 == 0 ? (state >> 16) % 20 : i * i % 20));
  }
  return out;
}

inline std::string small_layers() {
  return "layers:\n"
         "  - embedding: 32\n"
         "  - residual: [layer_norm, attention: 2]\n"
         "  - residual: [layer_norm, linear: 64, gelu, linear: 32]\n"
         "  - layer_norm\n"
         "  - {linear: classes, bias: false, tied: true}\n";
}

inline std::string small_description(const std::string& file, const std::string& hardware,
                                     const std::string& layers = small_layers()) {
  return fmt::format(
      "hardware: {}\ndata: {{set: text, file: {}, sequence: 16}}\n{}"
      "loss: softmax_cross_entropy\noptimizer: {{method: adamw}}\n"
      "schedule: {{learning_rate: 0.01}}\nbatch: 2\nsteps: 100\ntest_batches: 2\n",
      hardware, file, layers);
}

struct TextRun {
  explicit TextRun(const std::string& hardware, const std::string& layers = small_layers(),
                   Residence residence = Residence::kAll, const std::string& text = small_text())
      : description(parse_description(
            small_description(folder.file("text", text), hardware, layers), "test.yaml")),
        feed(make_feed(description)),
        model(description, feed->shape(), residence),
        compiled(compile(model, shape)),
        decoding(compile_decoding(model, compiled.dram_end)),
        device(description.hardware, decoding.dram_end),
        training(device, model, compiled, *feed, shape) {}

  tb::ScratchFolder folder;
  Description description;
  std::unique_ptr<Feed> feed;
  LaunchShape shape = {.steps = 10, .test_batches = 2};
  Model model;
  Compiled compiled;
  CompiledDecoding decoding;
  runtime::ModelDevice device;
  Training training;
};

// As if what is in local memory had been loaded anew: parameters in DRAM are those that it holds.
inline void settle(Training& training) { training.restore(training.snapshot()); }

}  // namespace gradcore::nn
