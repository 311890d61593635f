// SPDX-License-Identifier: Apache-2.0
// The installed libraries, as another project meets them: installed into a folder of their own, and
// the example built against it.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "tb/unit/io/scratch_folder.h"

namespace gradcore {
namespace {

TEST(Install, TheExampleBuildsAgainstIt) {
  tb::ScratchFolder folder;
  const std::string prefix = (folder / "prefix").string();
  const std::string build = (folder / "build").string();
  const std::string log = (folder / "log").string();
  const auto run = [&](const std::string& command) {
    const int code = std::system((command + " >>" + log + " 2>&1").c_str());
    std::ostringstream text;
    text << std::ifstream(log).rdbuf();
    ASSERT_EQ(code, 0) << command << "\n" << text.str();
  };
  run("cmake --install " GRADCORE_BINARY_DIR " --component gradcore --prefix " + prefix);
  run("cmake -S " GRADCORE_SOURCE_DIR "/sw/examples/sum -B " + build +
      " -DCMAKE_PREFIX_PATH=" + prefix + " -DCMAKE_CXX_STANDARD=20");
  run("cmake --build " + build);
  run("sh -c '" + build + "/sum >" + (folder / "sum.txt").string() + "'");
  EXPECT_EQ(folder.read("sum.txt"), "11\n22\n33\n44\n55\n66\n77\n88\n");
}

}  // namespace
}  // namespace gradcore
