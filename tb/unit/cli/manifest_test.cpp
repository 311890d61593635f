// SPDX-License-Identifier: Apache-2.0
#include "sw/cli/manifest.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tb/unit/io/scratch_folder.h"

namespace gradcore::cli {
namespace {

using testing::HasSubstr;

std::string refusal(const std::string& text) {
  const tb::ScratchFolder folder;
  folder.file("manifest.yaml", text);
  try {
    load_manifest(folder.path());
  } catch (const config::ConfigError& error) {
    EXPECT_THAT(error.what(), HasSubstr("manifest.yaml:"));
    return error.what();
  }
  return "accepted";
}

TEST(Manifest, ReadsEverything) {
  const tb::ScratchFolder folder;
  folder.file("manifest.yaml", R"(
hardware: {n: 8}
vectors:
  - {name: one, op: gemm, a: x.npy, b: w.npy, expected: y.npy}
  - name: two
    op: gemm
    a: x.npy
    b: /abs/w.npy
    trans_a: true
    trans_b: true
    c: c.npy
    expected: y.npy
    bitexact: false
    rtol: 0.5
    atol: 1e-3
)");
  const Manifest manifest = load_manifest(folder.path());
  ASSERT_TRUE(manifest.hardware);
  EXPECT_EQ(manifest.hardware->n, 8u);
  ASSERT_EQ(manifest.entries.size(), 2u);
  const ManifestEntry& one = manifest.entries[0];
  EXPECT_EQ(one.a, folder / "x.npy");
  EXPECT_FALSE(one.c || one.trans_a || one.trans_b || one.tolerance);
  const ManifestEntry& two = manifest.entries[1];
  EXPECT_EQ(two.b, "/abs/w.npy");
  EXPECT_EQ(two.c, folder / "c.npy");
  EXPECT_TRUE(two.trans_a && two.trans_b && two.tolerance);
  EXPECT_EQ(two.tolerance->relative, 0.5);
  EXPECT_EQ(two.tolerance->absolute, 1e-3);
}

TEST(Manifest, RefusesWhatIsWrong) {
  EXPECT_THAT(refusal("vectors: []"), HasSubstr("vectors is an empty list"));
  EXPECT_THAT(refusal("{}"), HasSubstr("has no 'vectors'"));
  EXPECT_THAT(refusal("vectors:\n - {name: a, op: conv, a: x, b: x, expected: x}"),
              HasSubstr("vectors[0].op is 'conv', expected gemm"));
  EXPECT_THAT(refusal("vectors:\n - {name: a, op: gemm, a: x, b: x}"), HasSubstr("'expected'"));
  EXPECT_THAT(refusal("vectors:\n - {name: a, op: gemm, trans-a: true}"),
              HasSubstr("nearest valid key: trans_a"));
  const std::string start = "vectors:\n - {name: a, op: gemm, a: x, b: x, expected: x, ";
  EXPECT_THAT(refusal(start + "bitexact: true, rtol: 1}"), HasSubstr("excludes rtol and atol"));
  EXPECT_THAT(refusal(start + "bitexact: false}"), HasSubstr("expected rtol or atol"));
  EXPECT_THAT(refusal(start + "rtol: -1}"), HasSubstr("rtol is '-1'"));
  EXPECT_THAT(refusal(start + "trans_a: 1}"), HasSubstr("expected true or false"));
}

TEST(Manifest, RefusesMissingFolders) {
  EXPECT_THROW(load_manifest("/no/such/folder"), config::ConfigError);
  const tb::ScratchFolder empty;
  EXPECT_THROW(load_manifest(empty.path()), config::ConfigError);
}

}  // namespace
}  // namespace gradcore::cli
