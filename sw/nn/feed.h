// SPDX-License-Identifier: Apache-2.0
// Mini-batches as the chip's DRAM holds them: a function of the step, so that a run which goes on
// from a checkpoint sees what it would have seen.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "sw/datasets/click_batch.h"
#include "sw/datasets/text.h"
#include "sw/nn/description.h"
#include "sw/nn/model.h"

namespace gradcore::nn {

// Inputs row by row (of text the number of a token for each row), a label for each row, and the
// categories of a click log.
struct StepData {
  std::span<float> inputs, labels;
  datasets::ClickBatch* categories = nullptr;  // null where there are none
};

class Feed {
 public:
  virtual ~Feed() = default;

  virtual DataShape shape() const = 0;
  // A sentence about the data, for people.
  virtual std::string about() const = 0;
  // Of a step.
  virtual void training(std::uint64_t step, const StepData& to) = 0;
  // The same of the test data, the same batches each time.
  virtual void test(std::uint32_t batch, const StepData& to) = 0;
  // How many of these there are, at most.
  virtual std::uint32_t test_batches() const = 0;

  // What the numbers of the inputs stand for, in printable characters: parameters are of use only
  // with data for which it is the same. Empty: they stand for themselves.
  virtual std::string meaning() const { return {}; }
  // Of all training data: a run goes on only with the same.
  virtual std::uint64_t digest() const { return 0; }
  // The text, if it is one.
  virtual const datasets::Text* text() const { return nullptr; }
};

std::unique_ptr<Feed> make_text_feed(const Description& description);
std::unique_ptr<Feed> make_click_feed(const Description& description);
// What a description names. Throws io::FileError, compiler::CompileError when there is too little.
std::unique_ptr<Feed> make_feed(const Description& description);

}  // namespace gradcore::nn
