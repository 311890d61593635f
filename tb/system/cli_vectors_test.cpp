// SPDX-License-Identifier: Apache-2.0
// `gradcore vectors` as a user meets it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "tb/system/program.h"
#include "tb/unit/io/npy_bytes.h"
#include "tb/unit/io/scratch_folder.h"

namespace gradcore {
namespace {

using tb::expect_refusal;
using tb::npy_floats;
using tb::npy_header;
using tb::Outcome;
using tb::run_gradcore;
using tb::ScratchFolder;
using testing::HasSubstr;

class CliVectors : public testing::Test {
 protected:
  Outcome vectors(const std::string& manifest, const std::vector<std::string>& options = {}) const {
    folder_.file("manifest.yaml", manifest);
    std::vector<std::string> arguments = {"vectors", folder_.path().string(), "--backend", "model"};
    if (std::find(options.begin(), options.end(), "--log-level") == options.end()) {
      arguments.insert(arguments.end(), {"--log-level", "off"});
    }
    arguments.insert(arguments.end(), options.begin(), options.end());
    return run_gradcore(arguments);
  }

  ScratchFolder folder_;
  std::string x_ = folder_.file("x.npy", npy_floats("(2, 3)", {1, 2, 3, 4, 5, 6}));
  std::string w_ = folder_.file("w.npy", npy_floats("(3, 2)", {1, 2, 3, 4, 5, 6}));
  std::string y_ = folder_.file("y.npy", npy_floats("(2, 2)", {22, 28, 49, 64}));
  std::string near_ = folder_.file("near.npy", npy_floats("(2, 2)", {22, 28, 49.001f, 64}));
};

TEST_F(CliVectors, PassAndFail) {
  const Outcome passed = vectors(R"(
vectors:
  - {name: exact, op: gemm, a: x.npy, b: w.npy, expected: y.npy}
  - {name: near, op: gemm, a: x.npy, b: w.npy, expected: near.npy, rtol: 1e-3}
)");
  EXPECT_EQ(passed.exit_code, 0) << passed.err;
  EXPECT_THAT(passed.out, HasSubstr("2 of 2 vectors passed\n"));

  const Outcome failed = vectors(R"(
vectors:
  - {name: exact, op: gemm, a: x.npy, b: w.npy, expected: near.npy, bitexact: true}
  - {name: fine, op: gemm, a: x.npy, b: w.npy, expected: y.npy}
)");
  EXPECT_EQ(failed.exit_code, 1);
  EXPECT_THAT(failed.out, HasSubstr("1 of 4 elements differ, first at (row 1, column 0): expected "
                                    "0x42440106 (49.0009995), got 0x42440000 (49), 262 ULP apart"));
  EXPECT_THAT(failed.out, HasSubstr("1 of 2 vectors passed\n"));
}

TEST_F(CliVectors, TheManifestNamesTheHardware) {
  const std::string text =
      "hardware: {n: 8, f: 33}\nvectors: [{name: a, op: gemm, a: x.npy, b: w.npy, expected: "
      "y.npy}]";
  EXPECT_EQ(vectors(text).exit_code, 0);
  EXPECT_THAT(vectors(text, {"--log-level", "info"}).err, HasSubstr("n = 8, f = 33"));
  EXPECT_THAT(vectors(text, {"--log-level", "info", "--n", "4"}).err, HasSubstr("n = 4, f = 33"));
}

TEST_F(CliVectors, BadFolders) {
  expect_refusal(run_gradcore({"vectors", "/no/such", "--log-level", "off"}), 1, "/no/such");
  expect_refusal(vectors("vectors: []"), 1, "vectors is an empty list");
  expect_refusal(vectors("vectors: [}"), 1, "manifest.yaml:1:11: not well-formed YAML");
  expect_refusal(vectors("vectors:\n  - {name: a, op: gem}"), 1, "manifest.yaml:2:19: ");
  const std::string start = "vectors:\n  - {name: a, op: gemm, a: x.npy, b: w.npy, ";
  expect_refusal(vectors(start + "expected: z.npy}"), 1, "z.npy': ");
  expect_refusal(vectors(start + "expected: x.npy}"), 1, "expected (2, 2)");
  folder_.file("half.npy", npy_header("<u2", "(2, 2)") + std::string(8, ' '));
  expect_refusal(vectors(start + "expected: half.npy}"), 1, "expected float32");
  folder_.file("cut.npy", npy_floats("(2, 2)", {1, 2, 3}));
  expect_refusal(vectors(start + "c: cut.npy, expected: y.npy}"), 1, "is truncated");
}

}  // namespace
}  // namespace gradcore
