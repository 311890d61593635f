// SPDX-License-Identifier: Apache-2.0
#include "sw/cli/session.h"

#include <fmt/format.h>
#include <spdlog/sinks/basic_file_sink.h>
#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>

#include <filesystem>

#include "sw/io/error.h"

namespace gradcore::cli {

config::Config Session::start(const std::string& file) {
  if (!file.empty() && !options_.config.empty()) {
    throw UsageError("a configuration is given both by --config and as an argument, expected one");
  }
  const std::string& path = file.empty() ? options_.config : file;
  config::Config config;
  if (!path.empty()) config = config::load_config(path);
  if (!options_.log_level.empty()) config.log.level = options_.log_level;
  if (!options_.log_file.empty()) config.log.file = options_.log_file;
  open_log(config.log);
  if (!path.empty()) log().debug("configuration {}", path);
  return config;
}

void Session::start_log() {
  config::Log log;
  if (!options_.log_level.empty()) log.level = options_.log_level;
  if (!options_.log_file.empty()) log.file = options_.log_file;
  open_log(log);
}

void Session::open_log(const config::Log& log) {
  std::shared_ptr<spdlog::sinks::sink> sink;
  try {
    if (log.file.empty()) {
      sink = std::make_shared<spdlog::sinks::stderr_color_sink_mt>();
      sink->set_pattern("%^%l%$: %v");
    } else {
      // spdlog would make the folder, and a slip of the pen with it.
      const std::filesystem::path folder = std::filesystem::path(log.file).parent_path();
      if (!folder.empty() && !std::filesystem::is_directory(folder)) {
        throw io::FileError(fmt::format("cannot write the log '{}': there is no folder '{}'",
                                        log.file, folder.string()));
      }
      constexpr bool kTruncate = true;
      sink = std::make_shared<spdlog::sinks::basic_file_sink_mt>(log.file, kTruncate);
      sink->set_pattern("%Y-%m-%d %H:%M:%S.%e %l: %v");
    }
  } catch (const spdlog::spdlog_ex& error) {
    throw io::FileError(fmt::format("cannot write the log '{}': {}", log.file, error.what()));
  }
  log_ = std::make_shared<spdlog::logger>("gradcore", std::move(sink));
  log_->set_level(spdlog::level::from_str(log.level));
  log_->flush_on(spdlog::level::info);
}

device::Hardware with_array_size(device::Hardware hardware, std::optional<unsigned> n) {
  if (n) hardware.n = *n;
  constexpr std::uint64_t kMostTiles = std::uint64_t{1} << 20;
  const auto check = [&](const char* name, std::uint64_t kib, std::uint64_t tile_bytes) {
    const std::uint64_t tiles = kib * 1024 / tile_bytes;
    if (tiles >= 2 && tiles <= kMostTiles) return;
    throw UsageError(
        fmt::format("{} of {} KiB is too {} for an array of {} x {}, expected {} to {} KiB", name,
                    kib, tiles < 2 ? "small" : "large", hardware.n, hardware.n,
                    (2 * tile_bytes + 1023) / 1024, kMostTiles * tile_bytes / 1024));
  };
  check("operand memory", hardware.operand_kib, hardware.operand_tile_bytes());
  check("accumulator memory", hardware.accumulator_kib, hardware.accumulator_tile_bytes());
  return hardware;
}

}  // namespace gradcore::cli
