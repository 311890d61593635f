// SPDX-License-Identifier: Apache-2.0
#include "sw/nn/decoder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cmath>

#include "tb/unit/compiler/any_order_chip.h"
#include "tb/unit/nn/text_run.h"

namespace gradcore::nn {
namespace {

using Tokens = std::vector<std::uint32_t>;

// Sequence `number` of a batch of the test.
Tokens test_tokens(const TextRun& run, std::uint32_t batch, std::uint32_t number) {
  std::vector<float> inputs(run.model.rows()), labels(inputs.size());
  run.feed->test(batch, {inputs, labels});
  const std::uint32_t length = run.description.data.sequence;
  return {inputs.begin() + number * length, inputs.begin() + (number + 1) * length};
}

std::vector<std::uint32_t> bits(std::span<const float> values) {
  std::vector<std::uint32_t> out;
  for (const float value : values) out.push_back(std::bit_cast<std::uint32_t>(value));
  return out;
}

struct Case {
  const char* name;
  const char* hardware;
  std::string layers;
  Residence residence = Residence::kAll;
};

std::vector<Case> cases() {
  const std::string others =
      "layers:\n"
      "  - {embedding: 32, positions: false}\n"
      "  - residual: [rms_norm, {attention: 1, bias: false, dropout: 0.1}, {linear: 32, "
      "activation: "
      "tanh}]\n"
      "  - residual: [rms_norm, {linear: 40, activation: swiglu, bias: false}, linear: 32, "
      "dropout: "
      "0.2]\n"
      "  - residual: [rms_norm, linear: 64, silu, linear: 32, relu]\n"
      "  - {linear: 64}\n"
      "  - attention: 4\n"  // of another width
      "  - linear: classes\n";
  return {{"N4", "{n: 4}", small_layers()},
          {"N16", "{n: 16}", small_layers()},
          {"OtherLayers", "{n: 8}", others},
          {"InDram", "{n: 16}", small_layers(), Residence::kCopies}};
}

class Decoding : public testing::TestWithParam<Case> {
 protected:
  Decoding() : run_(GetParam().hardware, GetParam().layers, GetParam().residence) {
    run_.training.train(10);
    settle(run_.training);
  }
  TextRun run_;
};

// After each token, what a pass over the whole sequence has at that place.
TEST_P(Decoding, GivesTheLogitsOfTheWholeSequence) {
  const std::vector<float> want = run_.training.test().outputs;
  Decoder decoder(run_.device, run_.decoding);
  const std::uint32_t outputs = run_.decoding.outputs, places = run_.decoding.places;
  for (std::uint32_t s = 0; s < 4; ++s) {
    decoder.clear();
    decoder.append(test_tokens(run_, s / 2, s % 2));
    for (std::uint32_t t = 0; t < places; ++t) {
      const auto at = std::span(want).subspan((std::size_t{s} * places + t) * outputs, outputs);
      ASSERT_EQ(bits(decoder.logits(t)), bits(at)) << "sequence " << s << ", place " << t;
    }
  }
}

TEST_P(Decoding, TokenByTokenIsTheSameAsAllAtOnce) {
  Decoder decoder(run_.device, run_.decoding);
  const Tokens tokens = test_tokens(run_, 1, 1);
  std::vector<std::vector<float>> one_by_one;
  for (const std::uint32_t& token : tokens) one_by_one.push_back(decoder.append({&token, 1}));
  decoder.clear();
  EXPECT_EQ(bits(decoder.append(tokens)), bits(one_by_one.back()));
  for (std::uint32_t t = 0; t < tokens.size(); ++t) {
    EXPECT_EQ(bits(decoder.logits(t)), bits(one_by_one[t])) << "place " << t;
  }
}

// Whatever was there before the last half of the window.
TEST_P(Decoding, BeginsAnewWithTheLastHalf) {
  Decoder decoder(run_.device, run_.decoding);
  Tokens tokens = test_tokens(run_, 0, 1);
  decoder.append(tokens);
  EXPECT_EQ(decoder.window(), tokens);
  tokens.push_back(3);
  const std::vector<float> slid = decoder.append({&tokens.back(), 1});
  const Tokens half(tokens.end() - run_.decoding.places / 2, tokens.end());
  EXPECT_EQ(decoder.window(), half);
  decoder.clear();
  EXPECT_EQ(bits(decoder.append(half)), bits(slid));
  // A text that is longer than the window from the start.
  decoder.clear();
  EXPECT_EQ(bits(decoder.append(tokens)), bits(slid));
  EXPECT_EQ(decoder.window(), half);
}

// The units may run ahead of each other as far as tokens let them.
TEST_P(Decoding, NoOrderOfTheUnitsChangesABit) {
  Decoder decoder(run_.device, run_.decoding);
  decoder.append(test_tokens(run_, 0, 0));
  const CompiledDecoding& d = run_.decoding;
  const auto logits = [&](model::FunctionalChip& chip) {
    const auto at = chip.dram().subspan(d.logits.address, d.logits.bytes);
    return std::vector<std::byte>(at.begin(), at.end());
  };
  const std::vector<std::byte> want = logits(run_.device.chip());
  isa::Program program = d.program.assembly.program;
  program[d.loop].set(isa::loop::kCount, d.places);
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    decoder.clear();
    const auto at = run_.device.chip().dram().subspan(d.logits.address, d.logits.bytes);
    std::fill(at.begin(), at.end(), std::byte{0});
    compiler::AnyOrderChip(run_.device.chip(), run_.description.hardware, seed,
                           seed % 2 == 0 ? 2 : 1000)
        .run(program);
    ASSERT_EQ(logits(run_.device.chip()), want) << "seed " << seed;
  }
}

INSTANTIATE_TEST_SUITE_P(Models, Decoding, testing::ValuesIn(cases()),
                         [](const auto& info) { return std::string(info.param.name); });

// The exception: values of a later token, of weight 0 in the pass over the whole sequence, that are
// so much larger than the others that these are cut off where they are aligned to it.
TEST(Decoder, DiffersWhereLaterValuesAreFarLarger) {
  TextRun run("{n: 16}",
              "layers:\n"
              "  - {embedding: 16, positions: false}\n"
              "  - {attention: 1, bias: false}\n"
              "  - {linear: classes, bias: false}\n",
              Residence::kAll, small_text(297) + "bcdefghijklmnopabcdefghijklmnopqr");
  constexpr int kLarger = 28;  // powers of two
  Snapshot snapshot = run.training.snapshot();
  for (std::uint32_t i = 0; i < 16; ++i) {
    float& value = snapshot.parameters[0].values[i];  // of token 0
    value = std::ldexp(value, kLarger);
  }
  run.training.restore(snapshot);
  const std::vector<float> want = run.training.test().outputs;
  const Tokens tokens = test_tokens(run, 0, 0);
  ASSERT_EQ(tokens.back(), 0u);
  ASSERT_EQ(std::count(tokens.begin(), tokens.end(), 0u), 1);
  Decoder decoder(run.device, run.decoding);
  decoder.append(tokens);

  // Sums over values differ by less than N 2^(E+2-F), 2^E being at most the largest value, and by a
  // rounding to bfloat16 behind that: two units of 2^-8 of a value, which is no larger than the
  // largest one that is seen, with the roundings of weights and of the result of the second
  // product. The two products that follow multiply by no more than the largest sum of a column of
  // their weights.
  const auto parameter = [&](const char* name) -> const Tensor& {
    const auto found =
        std::find_if(snapshot.parameters.begin(), snapshot.parameters.end(),
                     [&](const Tensor& t) { return t.name.find(name) != std::string::npos; });
    return found == snapshot.parameters.end() ? snapshot.parameters.front() : *found;
  };
  const Tensor& in = parameter("attention in weights");
  const auto largest_value = [&](std::uint32_t first, std::uint32_t end) {
    double out = 0;
    for (std::uint32_t token = first; token < end; ++token) {
      for (std::uint32_t f = 32; f < 48; ++f) {
        double sum = 0;
        for (std::uint32_t i = 0; i < 16; ++i) {
          sum += double{snapshot.parameters[0].values[token * 16 + i]} * in.values[i * 48 + f];
        }
        out = std::max(out, std::abs(sum));
      }
    }
    return out * 1.02;  // rounded to bfloat16, as are its factors
  };
  const auto gain = [](const Tensor& weights) {
    double out = 0;
    for (std::uint32_t c = 0; c < weights.cols; ++c) {
      double sum = 0;
      for (std::uint32_t r = 0; r < weights.rows; ++r) {
        sum += std::abs(double{weights.values[r * weights.cols + c]});
      }
      out = std::max(out, sum);
    }
    return out;
  };
  const double mixed =
      std::ldexp(16 * largest_value(0, 1), 2 - 40) + std::ldexp(largest_value(1, 16), 2 - 8);
  const double bound =
      mixed * gain(parameter("attention out weights")) * gain(parameter("linear weights")) * 1.02;
  double difference = 0, largest = 0;
  for (std::uint32_t t = 0; t + 1 < tokens.size(); ++t) {
    const std::vector<float> got = decoder.logits(t);
    for (std::uint32_t i = 0; i < got.size(); ++i) {
      const double expected = want[std::size_t{t} * got.size() + i];
      difference = std::max(difference, std::abs(expected - double{got[i]}));
      largest = std::max(largest, std::abs(expected));
    }
  }
  EXPECT_GT(difference, 0.0);
  EXPECT_LE(difference, bound);
  // What was there before is forgotten, far larger values too: behind the tokens are zeros.
  std::vector<std::vector<float>> before;
  for (std::uint32_t t = 0; t + 1 < tokens.size(); ++t) before.push_back(decoder.logits(t));
  decoder.clear();
  decoder.append(std::span(tokens).first(15));
  for (std::uint32_t t = 0; t < before.size(); ++t) {
    EXPECT_EQ(bits(decoder.logits(t)), bits(before[t])) << "place " << t;
  }
  decoder.append(std::span(tokens).last(1));
  // Nothing comes behind the large one itself.
  const auto last =
      std::span(want).subspan(15 * std::size_t{run.decoding.outputs}, run.decoding.outputs);
  EXPECT_EQ(bits(decoder.logits(15)), bits(last));
}

TEST(Decoder, RefusesWhatDoesNotGo) {
  TextRun run("{n: 4}");
  Decoder decoder(run.device, run.decoding);
  EXPECT_THROW(decoder.append({}), std::logic_error);
  EXPECT_THROW(decoder.logits(0), std::out_of_range);
  EXPECT_THROW(compile_decoding(run.model, run.compiled.dram_end, 4096), compiler::CompileError);
  Model numbers(parse_description("data: {set: text}\nlayers: [{linear: 4}]\n"
                                  "loss: softmax_cross_entropy\noptimizer: {method: sgd}\n"
                                  "schedule: {learning_rate: 0.1}\n",
                                  "test.yaml"),
                {.inputs = 8, .classes = 4});
  EXPECT_THROW(compile_decoding(numbers, 0), compiler::CompileError);
}

}  // namespace
}  // namespace gradcore::nn
