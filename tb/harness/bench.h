// SPDX-License-Identifier: Apache-2.0
// A Verilated bench and its clock, whatever its class.
#pragma once

#include <gtest/gtest.h>
#include <verilated.h>

#include <limits>
#include <memory>

#include "tb/harness/destroy_model.h"
#include "tb/harness/random_patterns.h"

namespace gradcore::harness {

// Inputs are set and outputs read through ->; inputs stay until they are set again.
template <typename Model>
class Bench {
 public:
  Bench() {
    context_.errorLimit(std::numeric_limits<int>::max());
    context_.fatalOnError(false);
    model_ = std::make_unique<Model>(&context_);
    reset();
  }
  ~Bench() { destroy_model(context_, model_); }
  Bench(const Bench&) = delete;
  Bench& operator=(const Bench&) = delete;

  Model* operator->() { return model_.get(); }

  // Before the rising edge: outputs that depend on inputs directly follow them.
  void settle() {
    model_->clk_i = 0;
    model_->eval();
  }
  // The rising edge; registers have their new values.
  void edge() {
    model_->clk_i = 1;
    model_->eval();
  }
  void cycle() {
    settle();
    edge();
  }
  void reset() {
    model_->rst_ni = 0;
    cycle();
    model_->rst_ni = 1;
    settle();
  }

  unsigned assertion_failures() const { return static_cast<unsigned>(context_.errorCount()); }

 private:
  VerilatedContext context_;
  std::unique_ptr<Model> model_;
};

// A test on a bench. Fails with every assertion of the design that does, and says its seed.
template <typename Model>
class TestOnBench : public testing::Test {
 protected:
  void TearDown() override { EXPECT_EQ(bench_.assertion_failures(), 0u) << "in the design"; }

  Bench<Model> bench_;
  std::uint64_t seed_ = seed_from_environment(1);
  RandomPatterns random_{seed_};
  testing::ScopedTrace trace_{__FILE__, __LINE__, seed_message(seed_)};
};

}  // namespace gradcore::harness
