// SPDX-License-Identifier: Apache-2.0
// Characters of a text: each sequence predicts the next character of each of its characters.
#include <fmt/format.h>

#include <algorithm>

#include "sw/datasets/text.h"
#include "sw/nn/feed.h"
#include "sw/train/random.h"

namespace gradcore::nn {
namespace {

class TextFeed final : public Feed {
 public:
  explicit TextFeed(const Description& d)
      : text_(datasets::Text::load(d.data.file)),
        seed_(d.seed),
        batch_(d.batch),
        sequence_(d.data.sequence),
        most_tests_(d.test_batches) {
    text_.require_sequences(sequence_);
    tests_ = datasets::consecutive_starts(text_.validation().size(), sequence_);
  }

  DataShape shape() const override {
    const auto characters = static_cast<std::uint32_t>(text_.vocabulary().size());
    return {characters, characters, sequence_, true, {}};
  }
  std::string about() const override {
    return fmt::format("{} characters, {} different ones",
                       text_.train().size() + text_.validation().size(), text_.vocabulary().size());
  }
  void training(std::uint64_t step, const StepData& to) override {
    put(datasets::random_tokens(text_.train(), batch_, sequence_, seed_, step), to);
  }
  void test(std::uint32_t batch, const StepData& to) override {
    const auto starts = std::span(tests_).subspan(std::size_t{batch} * batch_, batch_);
    put(datasets::token_batch(text_.validation(), starts, sequence_), to);
  }
  std::uint32_t test_batches() const override {
    return std::min(most_tests_, static_cast<std::uint32_t>(tests_.size() / batch_));
  }

  // The characters, in hexadecimal.
  std::string meaning() const override {
    std::string out = "characters ";
    for (const char c : text_.vocabulary()) {
      out += fmt::format("{:02x}", static_cast<unsigned char>(c));
    }
    return out;
  }
  std::uint64_t digest() const override {
    std::uint64_t out = text_.train().size();
    for (const std::uint8_t id : text_.train()) out = train::mix(out + id + 1);
    return out;
  }
  const datasets::Text* text() const override { return &text_; }

 private:
  static void put(const datasets::TokenBatch& batch, const StepData& to) {
    const auto number = [](std::uint32_t token) { return static_cast<float>(token); };
    std::transform(batch.tokens.begin(), batch.tokens.end(), to.inputs.begin(), number);
    std::transform(batch.next.begin(), batch.next.end(), to.labels.begin(), number);
  }

  datasets::Text text_;
  std::uint64_t seed_;
  std::uint32_t batch_, sequence_, most_tests_;
  std::vector<std::uint64_t> tests_;  // where sequences of the test begin
};

}  // namespace

std::unique_ptr<Feed> make_text_feed(const Description& description) {
  return std::make_unique<TextFeed>(description);
}

}  // namespace gradcore::nn
