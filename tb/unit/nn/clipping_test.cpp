// SPDX-License-Identifier: Apache-2.0
// Clipping by the norm of all gradients, and steps whose gradients are not finite.
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "tb/unit/nn/small_run.h"

namespace gradcore::nn {
namespace {

constexpr std::uint64_t kBadStep = 2;

// One feature is not finite in one of the steps.
class BadFeed final : public Feed {
 public:
  BadFeed(const DataShape& shape, float bad) : feed_(shape, false), bad_(bad) {}
  DataShape shape() const override { return feed_.shape(); }
  std::string about() const override { return "bad"; }
  void training(std::uint64_t step, const StepData& to) override {
    feed_.training(step, to);
    if (step == kBadStep) to.inputs[5] = bad_;
  }
  void test(std::uint32_t batch, const StepData& to) override { feed_.test(batch, to); }
  std::uint32_t test_batches() const override { return 4; }

 private:
  DrawnFeed feed_;
  float bad_;
};

SmallNetwork network(const std::string& optimizer) {
  return {.name = "clipped",
          .n = 4,
          .layers =
              "[{linear: 150, activation: gelu}, layer_norm, residual: [linear: 150], linear: "
              "5]",
          .data = features(7, 5),
          .batch = 10,
          .optimizer = optimizer};
}

struct Done {
  std::vector<float> losses, norms;
  Snapshot end;
};

Done run(const SmallNetwork& network, Feed& feed, std::uint32_t steps,
         Residence residence = Residence::kAll) {
  const LaunchShape shape{.steps = steps, .test_batches = 1};
  Model model(network.description(), network.data, residence);
  const Compiled compiled = compile(model, shape);
  runtime::ModelDevice device(model.description().hardware, compiled.dram_end);
  Training training(device, model, compiled, feed, shape);
  training.restore(drawn_parameters(model, 9));
  Done out;
  out.losses = training.train(steps);
  out.norms = training.norms();
  out.end = training.snapshot();
  return out;
}
Done run(const SmallNetwork& network, std::uint32_t steps, Residence residence = Residence::kAll) {
  DrawnFeed feed(network.data, false);
  return run(network, feed, steps, residence);
}

void expect_equal(const std::vector<Tensor>& a, const std::vector<Tensor>& b) {
  ASSERT_EQ(a.size(), b.size());
  for (std::size_t t = 0; t < a.size(); ++t) EXPECT_EQ(a[t].values, b[t].values) << a[t].name;
}

// Without momentum the velocity is what was applied.
TEST(NnClipping, ScalesAllGradientsToTheNorm) {
  const Done plain = run(network("{method: sgd, momentum: 0}"), 1);
  double squares = 0;
  for (const Tensor& gradient : plain.end.state) {
    for (const float g : gradient.values) squares += double{g} * double{g};
  }
  const double norm = std::sqrt(squares);
  EXPECT_TRUE(plain.norms.empty());
  for (const double part : {0.5, 0.01}) {
    const double limit = part * norm;
    for (const Residence residence : {Residence::kAll, Residence::kCopies}) {
      const Done clipped = run(
          network(fmt::format("{{method: sgd, momentum: 0, clip_norm: {}}}", limit)), 1, residence);
      ASSERT_EQ(clipped.norms.size(), 1u);
      EXPECT_NEAR(double{clipped.norms[0]}, norm, 1e-6 * norm);
      for (std::size_t t = 0; t < plain.end.state.size(); ++t) {
        SCOPED_TRACE(plain.end.state[t].name);
        const std::vector<float>& before = plain.end.state[t].values;
        const std::vector<float>& after = clipped.end.state[t].values;
        for (std::size_t i = 0; i < before.size(); ++i) {
          ASSERT_NEAR(double{after[i]}, part * double{before[i]},
                      2e-6 * part * std::abs(double{before[i]}));
        }
      }
    }
  }
}

// Gradients below the norm stay as they are, bit for bit, whatever the optimizer does with them.
TEST(NnClipping, LeavesSmallGradientsAlone) {
  for (const std::string method : {"{method: sgd", "{method: adamw, weight_decay: 0.1"}) {
    const Done plain = run(network(method + "}"), 4);
    const Done guarded = run(network(method + ", clip_norm: 1e6, skip_nonfinite: true}"), 4);
    EXPECT_EQ(plain.losses, guarded.losses);
    expect_equal(plain.end.parameters, guarded.end.parameters);
    expect_equal(plain.end.state, guarded.end.state);
    EXPECT_EQ(guarded.norms.size(), 4u);
  }
}

TEST(NnClipping, SkipsAStepThatIsNotFinite) {
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  for (const std::string options : {"", ", clip_norm: 0.1"}) {
    for (const std::string method : {"{method: sgd", "{method: adamw, weight_decay: 0.1"}) {
      for (const float bad : {kInfinity, std::numeric_limits<float>::quiet_NaN()}) {
        SCOPED_TRACE(method + options);
        const SmallNetwork guarded = network(method + options + ", skip_nonfinite: true}");
        BadFeed feed(guarded.data, bad);
        const Done before = run(guarded, feed, kBadStep);
        const Done behind = run(guarded, feed, kBadStep + 1);
        EXPECT_FALSE(std::isfinite(behind.norms.at(kBadStep)));
        EXPECT_TRUE(std::isfinite(behind.norms.at(kBadStep - 1)));
        expect_equal(before.end.parameters, behind.end.parameters);
        expect_equal(before.end.state, behind.end.state);
        // Then it goes on.
        const Done later = run(guarded, feed, kBadStep + 3);
        EXPECT_TRUE(std::isfinite(later.losses.back()));
        EXPECT_TRUE(std::isfinite(later.norms.back()));
        EXPECT_NE(later.end.parameters[0].values, behind.end.parameters[0].values);
      }
    }
  }
  // And without being told to, a run does not survive it.
  const SmallNetwork plain = network("{method: sgd}");
  BadFeed feed(plain.data, kInfinity);
  EXPECT_TRUE(std::isnan(run(plain, feed, kBadStep + 2).losses.back()));
}

}  // namespace
}  // namespace gradcore::nn
