// SPDX-License-Identifier: Apache-2.0
// Characters of a text: each sequence predicts the next character of each of its characters.
#include <fmt/format.h>

#include <array>
#include <fstream>
#include <iterator>

#include "sw/io/error.h"
#include "sw/nn/feed.h"
#include "sw/train/random.h"

namespace gradcore::nn {
namespace {

constexpr const char* kDefaultText = "/usr/share/common-licenses/GPL-3";
constexpr std::uint64_t kStream = 1;

class TextFeed final : public Feed {
 public:
  explicit TextFeed(const Description& d)
      : seed_(d.seed), batch_(d.batch), sequence_(d.data.sequence), most_tests_(d.test_batches) {
    const std::string path = d.data.file.empty() ? kDefaultText : d.data.file;
    std::ifstream file(path, std::ios::binary);
    text_.assign(std::istreambuf_iterator<char>(file), {});
    if (!file && text_.empty()) throw io::FileError(path + ": cannot be read");
    train_ = text_.size() - text_.size() / 10;
    std::array<bool, 256> seen{};
    for (const char c : text_) seen[static_cast<unsigned char>(c)] = true;
    for (unsigned c = 0; c < seen.size(); ++c) {
      if (seen[c]) number_[c] = static_cast<float>(vocabulary_++);
    }
    if (train_ < sequence_ + 1) throw io::FileError(path + ": too short");
  }

  DataShape shape() const override { return {vocabulary_, vocabulary_, sequence_, true, {}}; }
  std::string about() const override {
    return fmt::format("{} characters, {} different ones", text_.size(), vocabulary_);
  }
  void training(std::uint64_t step, const StepData& to) override {
    for (std::uint32_t b = 0; b < batch_; ++b) {
      const std::uint64_t bits = train::random_bits(seed_, kStream, step * batch_ + b);
      take(bits % (train_ - sequence_), b, to.inputs, to.labels);
    }
  }
  void test(std::uint32_t batch, const StepData& to) override {
    for (std::uint32_t b = 0; b < batch_; ++b) {
      take(train_ + std::uint64_t{batch * batch_ + b} * sequence_, b, to.inputs, to.labels);
    }
  }
  std::uint32_t test_batches() const override {
    const std::size_t sequences = (text_.size() - train_ - 1) / sequence_;
    return std::min(most_tests_, static_cast<std::uint32_t>(sequences / batch_));
  }

 private:
  void take(std::uint64_t from, std::uint32_t b, std::span<float> inputs, std::span<float> labels) {
    for (std::uint32_t t = 0; t < sequence_; ++t) {
      inputs[b * sequence_ + t] = number_[static_cast<unsigned char>(text_[from + t])];
      labels[b * sequence_ + t] = number_[static_cast<unsigned char>(text_[from + t + 1])];
    }
  }

  std::uint64_t seed_;
  std::uint32_t batch_, sequence_, most_tests_;
  std::string text_;
  std::size_t train_ = 0;
  std::array<float, 256> number_{};
  std::uint32_t vocabulary_ = 0;
};

}  // namespace

std::unique_ptr<Feed> make_text_feed(const Description& description) {
  return std::make_unique<TextFeed>(description);
}

}  // namespace gradcore::nn
