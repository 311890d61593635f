// SPDX-License-Identifier: Apache-2.0
// What every command of the program shares: global options, log, output.
#pragma once

#include <spdlog/logger.h>

#include <memory>
#include <optional>
#include <ostream>
#include <stdexcept>
#include <string>

#include "sw/config/config.h"

namespace gradcore::cli {

// The command line itself is wrong: exit code 2.
class UsageError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// Empty: not given.
struct GlobalOptions {
  std::string config;
  std::string log_level;
  std::string log_file;
};

class Session {
 public:
  Session(GlobalOptions options, std::ostream& out) : options_(std::move(options)), out_(out) {}

  // The configuration of --config, or the defaults. `file`, if not empty, stands for --config.
  // Opens the log as the command line says, or else the configuration. Throws ConfigError,
  // UsageError, io::FileError.
  config::Config start(const std::string& file = "");

  // For commands whose configuration is another one: only opens the log.
  void start_log();

  const GlobalOptions& options() const { return options_; }
  // Results go here, all else to the log.
  std::ostream& out() { return out_; }
  // After start().
  spdlog::logger& log() { return *log_; }

 private:
  void open_log(const config::Log& log);

  GlobalOptions options_;
  std::ostream& out_;
  std::shared_ptr<spdlog::logger> log_;
};

// The configuration's hardware with another array size. Throws UsageError when the memories are
// too small or too large for it.
device::Hardware with_array_size(device::Hardware hardware, std::optional<unsigned> n);

}  // namespace gradcore::cli
