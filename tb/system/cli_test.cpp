// SPDX-License-Identifier: Apache-2.0
// The program as a user meets it: usage, and `gradcore gemm`: what it prints, its exit code, which
// files it leaves.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <bit>

#include "sw/io/npy.h"
#include "tb/system/program.h"
#include "tb/unit/io/npy_bytes.h"
#include "tb/unit/io/scratch_folder.h"

namespace gradcore {
namespace {

using tb::expect_refusal;
using tb::npy_floats;
using tb::npy_header;
using tb::Outcome;
using tb::raw_bytes;
using tb::run_gradcore;
using tb::ScratchFolder;
using testing::AllOf;
using testing::HasSubstr;
using testing::StartsWith;

std::vector<float> floats(const io::Tensor& tensor) {
  std::vector<float> values;
  for (const std::uint32_t bits : tensor.values) values.push_back(std::bit_cast<float>(bits));
  return values;
}

TEST(Cli, Usage) {
  EXPECT_THAT(run_gradcore({"--version"}).out, StartsWith("gradcore "));
  const Outcome help = run_gradcore({"--help"});
  EXPECT_EQ(help.exit_code, 0);
  EXPECT_THAT(help.out, AllOf(HasSubstr("sim"), HasSubstr("gemm"), HasSubstr("vectors")));
  expect_refusal(run_gradcore({}), 2, "subcommand is required");
  expect_refusal(run_gradcore({"smi"}), 2, "no command or option 'smi' (nearest command: sim)");
  expect_refusal(run_gradcore({"--simulate"}), 2, "no command or option '--simulate'");
  expect_refusal(run_gradcore({"sim", "--wave"}), 2, "--wave");
  expect_refusal(run_gradcore({"sim", "--n", "5"}), 2,
                 "'5' is no size of the array, expected 4, 8, 16 or 32");
  expect_refusal(run_gradcore({"sim", "--seed", "-1"}), 2, "--seed: '-1' is not a whole number");
  expect_refusal(run_gradcore({"gemm", "--a", "x.npy"}), 2, "--b is required");
  expect_refusal(run_gradcore({"vectors"}), 2, "folder is required");
}

class CliGemm : public testing::Test {
 protected:
  // gemm with these further options, on two good matrices unless the options say otherwise.
  Outcome gemm(const std::vector<std::string>& options, const tb::RunOptions& how = {}) const {
    std::vector<std::string> arguments = {"gemm", "--backend", "model", "--log-level", "off"};
    const auto has = [&](const char* name) {
      return std::find(options.begin(), options.end(), name) != options.end();
    };
    if (!has("--a")) arguments.insert(arguments.end(), {"--a", a_});
    if (!has("--b")) arguments.insert(arguments.end(), {"--b", b_});
    if (!has("--out")) arguments.insert(arguments.end(), {"--out", out_});
    arguments.insert(arguments.end(), options.begin(), options.end());
    return run_gradcore(arguments, how);
  }

  std::vector<float> result() const { return floats(io::load_npy(out_)); }

  ScratchFolder folder_;
  std::string a_ = folder_.file("a.npy", npy_floats("(2, 3)", {1, 2, 3, 4, 5, 6}));
  std::string b_ = folder_.file("b.npy", npy_floats("(3, 2)", {1, 2, 3, 4, 5, 6}));
  std::string out_ = (folder_ / "y.npy").string();
};

TEST_F(CliGemm, Multiplies) {
  const Outcome outcome = gemm({});
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_EQ(outcome.out + outcome.err, "");
  EXPECT_EQ(io::load_npy(out_).shape, (std::vector<std::size_t>{2, 2}));
  EXPECT_EQ(result(), (std::vector<float>{22, 28, 49, 64}));

  const std::string c = folder_.file("c.npy", npy_floats("(2, 2)", {1, 2, 3, 4}));
  EXPECT_EQ(gemm({"--c", c}).exit_code, 0);
  EXPECT_EQ(result(), (std::vector<float>{23, 30, 52, 68}));
  EXPECT_EQ(gemm({"--b", a_, "--trans-b", "--n", "4"}).exit_code, 0);
  EXPECT_EQ(result(), (std::vector<float>{14, 32, 32, 77}));
  EXPECT_EQ(gemm({"--a", b_, "--trans-a", "--n", "32"}).exit_code, 0);
  EXPECT_EQ(result(), (std::vector<float>{35, 44, 44, 56}));
}

TEST_F(CliGemm, OperandsAreRoundedToBfloat16) {
  // 1 + 2^-8 is halfway between two bfloat16 and goes to the even one, 1.
  const std::string a = folder_.file("h.npy", npy_floats("(1, 1)", {1.00390625f}));
  const std::string b = folder_.file(
      "w.npy", npy_header("<u2", "(1, 1)") + raw_bytes(std::vector<std::uint16_t>{0x4049}));
  EXPECT_EQ(gemm({"--a", a, "--b", b}).exit_code, 0);
  EXPECT_EQ(result(), (std::vector<float>{3.140625f}));
}

TEST_F(CliGemm, FortranOrder) {
  const std::string a =
      folder_.file("f.npy", npy_floats("(2, 3)", {1, 4, 2, 5, 3, 6}, /*fortran=*/true));
  EXPECT_EQ(gemm({"--a", a}).exit_code, 0);
  EXPECT_EQ(result(), (std::vector<float>{22, 28, 49, 64}));
}

TEST_F(CliGemm, RtlAndModelGiveTheSameBits) {
  std::vector<float> values(45 * 67);
  for (std::size_t i = 0; i < values.size(); ++i) {
    values[i] = static_cast<float>((i * 2654435761u) % 1000003u) / 1000003.0f - 0.5f;
  }
  const std::string a = folder_.file("a1.npy", npy_floats("(45, 67)", values));
  const std::string b = folder_.file("b1.npy", npy_floats("(45, 67)", values));
  for (const char* const n : {"4", "16"}) {
    EXPECT_EQ(gemm({"--a", a, "--b", b, "--trans-b", "--n", n}).exit_code, 0);
    const std::vector<float> model = result();
    const Outcome rtl = run_gradcore(
        {"gemm", "--a", a, "--b", b, "--trans-b", "--n", n, "--out", out_, "--backend", "rtl"});
    ASSERT_EQ(rtl.exit_code, 0) << rtl.err;
    EXPECT_THAT(rtl.err, HasSubstr("cycles"));
    EXPECT_EQ(result(), model);
  }
}

TEST_F(CliGemm, BadFilesAreOneSentenceAndLeaveNothing) {
  const std::string good = npy_floats("(2, 3)", {1, 2, 3, 4, 5, 6});
  struct Case {
    std::string bytes, text;
  };
  const std::vector<Case> cases = {
      {"", "is empty"},
      {"nonsense", "is not a .npy file"},
      {good.substr(0, 60), "truncated inside its .npy header"},
      {good.substr(0, good.size() - 1), "is truncated: shape (2, 3) needs 24 bytes"},
      {good + "x", "has 1 bytes after the data"},
      {npy_header("<f8", "(2, 3)") + std::string(48, ' '), "has dtype <f8"},
      {npy_header(">f4", "(2, 3)") + std::string(24, ' '), "is big-endian"},
      {npy_header("|O", "(2, 3)"), "pickled"},
      {npy_header("<f4", "(2, 3"), "malformed .npy header"},
      {npy_floats("(4294967296, 4294967296)", {1}), "truncated"},
      {npy_floats("(0, 3)", {}), "expected at least one element"},
      {npy_floats("(1, 1, 1, 1)", {1}), "expected 1 to 3 dimensions"},
      {npy_floats("(3, 2)", {1, 2, 3, 4, 5, 6}), "the inner dimensions 2 and 3 differ"},
  };
  for (const Case& bad : cases) {
    const std::string name = folder_.file("bad.npy", bad.bytes);
    const Outcome outcome = gemm({"--a", name});
    expect_refusal(outcome, 1, bad.text);
    EXPECT_THAT(outcome.err, HasSubstr("'" + name + "'"));
    EXPECT_FALSE(std::filesystem::exists(out_)) << bad.text;
  }
  expect_refusal(gemm({"--b", "missing.npy"}), 1, "cannot read 'missing.npy'");
  expect_refusal(gemm({"--c", a_}), 1, "expected (2, 2), the shape of the product");
  EXPECT_EQ(folder_.file_count(), 3u);
}

TEST_F(CliGemm, OutputIsWholeOrNotThere) {
  expect_refusal(gemm({"--out", (folder_ / "no" / "y.npy").string()}), 1, "there is no directory");
  expect_refusal(gemm({"--out", folder_.path().string()}), 1, "it is a directory");
  expect_refusal(gemm({"--out", "/dev/full"}), 1, "not a regular file");

  tb::RunOptions full_disk;
  full_disk.file_size_limit = 100;
  expect_refusal(gemm({}, full_disk), 1, "cannot write '" + out_ + "'");
  EXPECT_EQ(folder_.file_count(), 2u);

  // A failure keeps the file that was there.
  folder_.file("y.npy", "old");
  expect_refusal(gemm({"--a", "missing.npy"}), 1, "missing.npy");
  EXPECT_EQ(folder_.read("y.npy"), "old");
}

TEST_F(CliGemm, HardwareThatIsNotBuilt) {
  const std::string config = folder_.file("c.yaml", "hardware: {n: 8, f: 33, operand_kib: 32}");
  expect_refusal(run_gradcore({"gemm", "--a", a_, "--b", b_, "--out", out_, "--backend", "rtl",
                               "--log-level", "off", "--config", config}),
                 1, "f=33");
  EXPECT_EQ(gemm({"--config", config}).exit_code, 0);
  EXPECT_EQ(result(), (std::vector<float>{22, 28, 49, 64}));
}

// What `make sim` builds a core from when the configuration wants one that is not there.
TEST_F(CliGemm, CoresThatAreBuiltAndMissing) {
  const std::string own = folder_.file("own.yaml", "hardware: {n: 8, f: 33, operand_kib: 32}");
  const std::string usual = folder_.file("usual.yaml", "hardware: {n: 8}");
  EXPECT_THAT(run_gradcore({"cores"}).out, HasSubstr("\n8:40:2048:2048\n"));
  EXPECT_EQ(run_gradcore({"cores", "--missing", "--config", own}).out, "8:33:32:2048\n");
  EXPECT_EQ(run_gradcore({"cores", "--missing", "--config", own, "--n", "4"}).out,
            "4:33:32:2048\n");
  EXPECT_EQ(run_gradcore({"cores", "--missing", "--config", usual}).out, "");
}

TEST_F(CliGemm, CtrlCLeavesNothing) {
  constexpr std::size_t kSize = 2048;
  const std::string big =
      folder_.file("big.npy", npy_floats("(2048, 2048)", std::vector<float>(kSize * kSize, 1.0f)));
  tb::RunOptions how;
  how.interrupt_after_text = "2048 x 2048 x 2048";
  const Outcome outcome =
      run_gradcore({"gemm", "--a", big, "--b", big, "--out", out_, "--n", "4"}, how);
  EXPECT_EQ(outcome.exit_code, 130) << outcome.err;
  EXPECT_THAT(outcome.err, HasSubstr("gradcore: interrupted\n"));
  EXPECT_EQ(folder_.file_count(), 3u);
}

}  // namespace
}  // namespace gradcore
