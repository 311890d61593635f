// SPDX-License-Identifier: Apache-2.0
// Runs the built program and keeps what it said.
#pragma once

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "tb/unit/io/scratch_folder.h"

namespace gradcore::tb {

struct Outcome {
  int exit_code = -1;  // -1: ended by a signal
  std::string out, err;
};

struct RunOptions {
  std::string folder;                // where it runs; empty: here
  std::string stdout_to;             // a file instead of Outcome::out
  rlim_t file_size_limit = 0;        // bytes that a file may have, as if the disk were full then
  std::string interrupt_after_text;  // SIGINT once its output or log has this text ...
  std::chrono::milliseconds interrupt_delay{100};  // ... and this time has passed
};

// In the child process; does not return.
[[noreturn]] inline void become_gradcore(const std::vector<std::string>& arguments,
                                         const RunOptions& options, const std::string& out,
                                         const std::string& err) {
  const auto redirect = [](const std::string& path, int descriptor) {
    const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0666);
    if (file < 0 || ::dup2(file, descriptor) < 0) ::_exit(126);
  };
  redirect(options.stdout_to.empty() ? out : options.stdout_to, STDOUT_FILENO);
  redirect(err, STDERR_FILENO);
  if (!options.folder.empty() && ::chdir(options.folder.c_str()) != 0) ::_exit(126);
  if (options.file_size_limit > 0) {
    const rlimit limit{options.file_size_limit, options.file_size_limit};
    if (::setrlimit(RLIMIT_FSIZE, &limit) != 0) ::_exit(126);
    std::signal(SIGXFSZ, SIG_IGN);  // write() then fails with EFBIG
  }
  const std::string program = std::string(GRADCORE_BINARY_DIR) + "/bin/gradcore";
  std::vector<char*> argv = {const_cast<char*>(program.c_str())};
  for (const std::string& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
  argv.push_back(nullptr);
  ::execv(program.c_str(), argv.data());
  ::_exit(127);
}

// build/bin/gradcore with these arguments; it is killed after two minutes.
inline Outcome run_gradcore(const std::vector<std::string>& arguments,
                            const RunOptions& options = {}) {
  const ScratchFolder scratch;
  const std::string out = scratch.file("out", ""), err = scratch.file("err", "");
  const pid_t child = ::fork();
  if (child < 0) throw std::runtime_error("cannot start a process");
  if (child == 0) become_gradcore(arguments, options, out, err);

  using Clock = std::chrono::steady_clock;
  const Clock::time_point deadline = Clock::now() + std::chrono::minutes(2);
  bool is_interrupted = options.interrupt_after_text.empty();
  int status = 0;
  while (::waitpid(child, &status, WNOHANG) == 0) {
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
    if (!is_interrupted &&
        (scratch.read("out") + scratch.read("err")).find(options.interrupt_after_text) !=
            std::string::npos) {
      std::this_thread::sleep_for(options.interrupt_delay);
      ::kill(child, SIGINT);
      is_interrupted = true;
    }
    if (Clock::now() > deadline) ::kill(child, SIGKILL);
  }
  Outcome outcome;
  if (WIFEXITED(status)) outcome.exit_code = WEXITSTATUS(status);
  outcome.out = scratch.read("out");
  outcome.err = scratch.read("err");
  return outcome;
}

// Ended with this code and said one sentence, with this text, on standard error.
inline void expect_refusal(const Outcome& outcome, int exit_code, const std::string& text) {
  EXPECT_EQ(outcome.exit_code, exit_code) << outcome.err;
  EXPECT_THAT(outcome.err,
              testing::AllOf(testing::StartsWith("gradcore: "), testing::HasSubstr(text)));
  EXPECT_EQ(std::count(outcome.err.begin(), outcome.err.end(), '\n'), 1) << outcome.err;
}

}  // namespace gradcore::tb
