// SPDX-License-Identifier: Apache-2.0
// The program as a user meets it: what it prints, its exit code, which files it leaves.
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

using tb::npy_floats;
using tb::npy_header;
using tb::Outcome;
using tb::raw_bytes;
using tb::run_gradcore;
using tb::ScratchFolder;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

// Ended with this code and said one sentence, with this text, on standard error.
void expect_refusal(const Outcome& outcome, int exit_code, const std::string& text) {
  EXPECT_EQ(outcome.exit_code, exit_code) << outcome.err;
  EXPECT_THAT(outcome.err, AllOf(StartsWith("gradcore: "), HasSubstr(text)));
  EXPECT_EQ(std::count(outcome.err.begin(), outcome.err.end(), '\n'), 1) << outcome.err;
}

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
  expect_refusal(run_gradcore({"sim", "--n", "5"}), 2, "5 not in {4,8,16,32}");
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
  const std::string config = folder_.file("c.yaml", "hardware: {n: 8, f: 33, operand_kib: 24}");
  expect_refusal(run_gradcore({"gemm", "--a", a_, "--b", b_, "--out", out_, "--backend", "rtl",
                               "--log-level", "off", "--config", config}),
                 1, "f=33");
  EXPECT_EQ(gemm({"--config", config}).exit_code, 0);
  EXPECT_EQ(result(), (std::vector<float>{22, 28, 49, 64}));
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

class CliVectors : public testing::Test {
 protected:
  Outcome vectors(const std::string& manifest, const std::vector<std::string>& options = {}) const {
    folder_.file("manifest.yaml", manifest);
    std::vector<std::string> arguments = {"vectors", folder_.path().string(), "--backend",
                                          "model",   "--log-level",           "off"};
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

class CliSim : public testing::Test {
 protected:
  Outcome sim(const std::string& config, std::vector<std::string> options = {},
              const tb::RunOptions& how = {}) const {
    const std::string file = folder_.file("sim.yaml", config);
    options.insert(options.begin(), {"sim", file, "--out", (folder_ / "out").string()});
    return run_gradcore(options, how);
  }

  const std::string small_ =
      "vectors: [{name: one, layer: {batch: 5, in: 6, out: 7}, values: bits}]\n"
      "training: {hidden: [16], epochs: 1, min_accuracy: 0.5}\n";
  ScratchFolder folder_;
};

TEST_F(CliSim, PassesOnTheRtl) {
  const Outcome outcome =
      sim(small_, {"--n", "8", "--seed", "7", "--json", (folder_ / "r.json").string()});
  EXPECT_EQ(outcome.exit_code, 0) << outcome.out << outcome.err;
  EXPECT_THAT(outcome.out, AllOf(HasSubstr("GradCore 8 x 8"), HasSubstr("seed 7"),
                                 HasSubstr("dX    5 x 7 x 6"), HasSubstr("3 of 3 vectors passed"),
                                 HasSubstr("same bits as model  all 45 steps")));
  EXPECT_TRUE(outcome.out.ends_with("\nPASS\n"));
  EXPECT_TRUE(std::filesystem::exists(folder_ / "out" / "loss.csv"));
  EXPECT_THAT(folder_.read("r.json"),
              AllOf(HasSubstr("\"passed\": true"), HasSubstr("\"bit_identical\": true")));
}

TEST_F(CliSim, ThreadsDoNotChangeTheResult) {
  const Outcome one = sim(small_, {"--backend", "model", "--threads", "1"});
  const Outcome two = sim(small_, {"--backend", "model", "--threads", "2"});
  EXPECT_EQ(one.exit_code, 0);
  EXPECT_EQ(one.out, two.out);
}

TEST_F(CliSim, FailsBelowTheAccuracy) {
  const Outcome outcome = sim(small_ + "seed: 3\n", {"--backend", "model", "--log-level", "off"});
  EXPECT_EQ(outcome.exit_code, 0);
  const Outcome failed =
      sim("vectors: [{name: one, layer: {batch: 5, in: 6, out: 7}}]\n"
          "training: {hidden: [4], epochs: 1, min_accuracy: 1, learning_rate: 1e-6}\n",
          {"--backend", "model", "--log-level", "off"});
  EXPECT_EQ(failed.exit_code, 1);
  EXPECT_THAT(failed.out, HasSubstr("at least 100.00 % needed: FAIL"));
  EXPECT_TRUE(failed.out.ends_with("\nFAIL\n"));
}

TEST_F(CliSim, NothingRunsWithAWrongConfiguration) {
  const Outcome outcome = sim("hardware:\n  n: 16\n  opernd_kib: 64\n");
  expect_refusal(outcome, 1,
                 "sim.yaml:3:3: unknown key 'opernd_kib' in hardware, expected n, f, operand_kib "
                 "or accumulator_kib (nearest valid key: operand_kib)");
  EXPECT_EQ(outcome.out, "");
  EXPECT_FALSE(std::filesystem::exists(folder_ / "out"));
  expect_refusal(sim("training: {epochs: many}"), 1, "sim.yaml:1:20: training.epochs is 'many'");
  expect_refusal(run_gradcore({"sim", "/no/such.yaml"}), 1, "cannot read '/no/such.yaml'");
  expect_refusal(sim("", {"--config", "other.yaml"}), 2, "expected one");
  expect_refusal(sim("hardware: {n: 4, operand_kib: 1}", {"--n", "32"}), 2, "too small");
}

TEST_F(CliSim, LogsIntoAFile) {
  const Outcome outcome = sim(small_, {"--backend", "model", "--log-file",
                                       (folder_ / "run.log").string(), "--log-level", "debug"});
  EXPECT_EQ(outcome.exit_code, 0);
  EXPECT_THAT(outcome.err, Not(HasSubstr("debug:")));
  EXPECT_THAT(folder_.read("run.log"), HasSubstr("debug: configuration "));
  expect_refusal(sim(small_, {"--log-file", "/no/such/folder\n/x/y.log", "--log-file", "/dev"}), 2,
                 "--log-file");
  expect_refusal(sim(small_, {"--log-file", "/dev"}), 1, "cannot write the log '/dev'");
}

TEST_F(CliSim, CtrlCDuringTraining) {
  tb::RunOptions how;
  how.interrupt_after_text = "Training:";
  const Outcome outcome =
      sim("vectors: [{name: one, layer: {batch: 5, in: 6, out: 7}}]\ntraining: {epochs: 100000}\n",
          {"--backend", "model"}, how);
  EXPECT_EQ(outcome.exit_code, 130) << outcome.err;
  EXPECT_FALSE(std::filesystem::exists(folder_ / "out"));
}

TEST_F(CliSim, OutputThatCannotBeWritten) {
  tb::RunOptions how;
  how.stdout_to = "/dev/full";
  const Outcome outcome = sim(small_, {"--backend", "model"}, how);
  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_THAT(outcome.err, HasSubstr("gradcore: cannot write to standard output\n"));
  expect_refusal(sim(small_, {"--json", "/no/such/r.json", "--log-level", "off"}), 1,
                 "there is no directory '/no/such'");
}

}  // namespace
}  // namespace gradcore
