// SPDX-License-Identifier: Apache-2.0
#include "sw/cli/manifest.h"

#include <fmt/format.h>

namespace gradcore::cli {
namespace {

constexpr double kMaxTolerance = 1e30;

std::optional<Tolerance> read_tolerance(const config::Mapping& entry) {
  const auto bitexact = entry.find("bitexact");
  const auto rtol = entry.find("rtol");
  const auto atol = entry.find("atol");
  const bool is_exact = bitexact ? bitexact->boolean() : !(rtol || atol);
  if (is_exact && (rtol || atol)) {
    bitexact->fail(bitexact->name() + " excludes rtol and atol, expected either");
  }
  if (is_exact) return std::nullopt;
  if (!rtol && !atol) {
    bitexact->fail(bitexact->name() + " is false, expected rtol or atol beside it");
  }
  Tolerance tolerance;
  if (rtol) tolerance.relative = rtol->number(0, kMaxTolerance);
  if (atol) tolerance.absolute = atol->number(0, kMaxTolerance);
  return tolerance;
}

ManifestEntry read_entry(const config::Value& value, const std::filesystem::path& folder) {
  const config::Mapping mapping = value.mapping(
      {"name", "op", "a", "b", "c", "trans_a", "trans_b", "expected", "bitexact", "rtol", "atol"});
  ManifestEntry entry;
  entry.name = mapping.require("name").text();
  mapping.require("op").choice({"gemm"});
  entry.a = folder / mapping.require("a").text();
  entry.b = folder / mapping.require("b").text();
  if (const auto c = mapping.find("c")) entry.c = folder / c->text();
  if (const auto flag = mapping.find("trans_a")) entry.trans_a = flag->boolean();
  if (const auto flag = mapping.find("trans_b")) entry.trans_b = flag->boolean();
  entry.expected = folder / mapping.require("expected").text();
  entry.tolerance = read_tolerance(mapping);
  return entry;
}

}  // namespace

Manifest load_manifest(const std::filesystem::path& folder) {
  if (!std::filesystem::is_directory(folder)) {
    throw config::ConfigError(fmt::format(
        "there is no directory '{}', expected one with a manifest.yaml", folder.string()));
  }
  const config::Value file = config::Value::load(folder / "manifest.yaml");
  const config::Mapping root = file.mapping({"hardware", "vectors"});
  Manifest manifest;
  if (const auto hardware = root.find("hardware")) {
    manifest.hardware = config::read_hardware(*hardware);
  }
  for (const config::Value& entry : root.require("vectors").list()) {
    manifest.entries.push_back(read_entry(entry, folder));
  }
  return manifest;
}

}  // namespace gradcore::cli
