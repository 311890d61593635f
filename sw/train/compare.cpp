// SPDX-License-Identifier: Apache-2.0
#include "sw/train/compare.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <exception>
#include <stdexcept>
#include <thread>

namespace gradcore::train {
namespace {

std::string name(const ProductRecord& product) {
  const char* const passes[] = {"forward", "dX", "dW"};
  return fmt::format("{} of layer {}", passes[static_cast<int>(product.pass)], product.layer + 1);
}

std::optional<std::string> difference(const std::vector<ProductRecord>& a,
                                      const std::vector<ProductRecord>& b) {
  const auto [at, other] = std::mismatch(a.begin(), a.end(), b.begin(), b.end());
  if (at == a.end() && other == b.end()) return std::nullopt;
  return name(at != a.end() ? *at : *other);
}

std::optional<std::string> difference(const StepRecord& a, const StepRecord& b) {
  // The loss is known only after the forward products, but before the others. Looking at products
  // first is enough: a loss can only differ with a forward product, or in the host's own sums.
  if (const auto product = difference(a.products, b.products)) return product;
  if (std::bit_cast<std::uint32_t>(a.loss) != std::bit_cast<std::uint32_t>(b.loss)) return "loss";
  if (a.weights != b.weights) return "weights";
  return std::nullopt;
}

}  // namespace

std::optional<Divergence> first_difference(const History& a, const History& b) {
  std::size_t tested = 0;  // epochs whose test was compared
  const std::size_t steps = std::min(a.steps.size(), b.steps.size());
  const std::size_t epochs = std::min(a.epochs.size(), b.epochs.size());
  for (std::size_t i = 0; i <= steps; ++i) {
    // A test comes after the last step of its epoch.
    while (tested < epochs && (i == steps || a.steps[i].epoch > tested)) {
      const EpochRecord &x = a.epochs[tested], &y = b.epochs[tested];
      if (const auto product = difference(x.products, y.products)) {
        return Divergence{i, "test, " + *product};
      }
      ++tested;
    }
    if (i == steps) break;
    if (const auto what = difference(a.steps[i], b.steps[i])) return Divergence{i, *what};
  }
  if (a.steps.size() != b.steps.size() || a.epochs.size() != b.epochs.size()) {
    return Divergence{steps, "number of steps"};
  }
  if (a.digest != b.digest) return Divergence{steps, "digest"};
  return std::nullopt;
}

Comparison train_on_both(device::Device& first, device::Device& second, const TrainConfig& config,
                         const Dataset& data, bool two_threads, const TrainObserver& observer) {
  const device::Hardware &a = first.hardware(), &b = second.hardware();
  if (a.n != b.n || a.f != b.f) {
    throw std::invalid_argument(fmt::format(
        "N = {}, F = {} and N = {}, F = {} do not give the same bits", a.n, a.f, b.n, b.f));
  }
  Comparison result;
  if (!two_threads) {
    result.first = train(first, config, data, observer);
    result.second = train(second, config, data);
  } else {
    std::stop_source stop;
    std::exception_ptr failure;
    {
      std::jthread other([&] {
        try {
          result.second = train(second, config, data, {}, stop.get_token());
        } catch (...) {
          failure = std::current_exception();
          stop.request_stop();
        }
      });
      try {
        result.first = train(first, config, data, observer, stop.get_token());
      } catch (...) {
        stop.request_stop();
        throw;  // the other thread is joined on the way out
      }
    }
    if (failure) std::rethrow_exception(failure);
  }
  result.divergence = first_difference(result.first, result.second);
  return result;
}

}  // namespace gradcore::train
