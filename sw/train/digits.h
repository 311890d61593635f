// SPDX-License-Identifier: Apache-2.0
// The UCI handwritten digits (sw/data/digits): 8 x 8 images of ten classes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <vector>

namespace gradcore::train {

// Inputs are rows of `features` values, one row per sample; labels are 0..classes-1.
struct Samples {
  std::vector<float> inputs;
  std::vector<std::uint8_t> labels;
  std::size_t count() const { return labels.size(); }
};

struct Dataset {
  std::uint32_t features = 0;
  std::uint32_t classes = 0;
  Samples train, test;
};

// The copy that comes with the sources.
std::filesystem::path default_digits_path();

// Reads a file of lines "p0,p1,...,p63,label", pixels 0..16, labels 0..9. Inputs are pixel / 16,
// which bfloat16 holds exactly. Every fifth sample, starting with the first, is a test sample: the
// split is fixed, and both parts have every writer. An empty path stands for the default. Throws
// io::FileError with file and line when the file is not like that, or has fewer than 10 samples.
Dataset load_digits(const std::filesystem::path& path = {});

}  // namespace gradcore::train
