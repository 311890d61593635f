// SPDX-License-Identifier: Apache-2.0
// The manifest.yaml of a folder of golden vectors made elsewhere (PyTorch, NumPy, ...).
//
//   hardware: {n: 16, f: 40}       # optional: what the bits were made for
//   vectors:
//     - name: fc1 forward
//       op: gemm
//       a: x.npy                   # float32, or uint16 with the bits of bfloat16
//       b: w.npy
//       trans_b: true              # optional: the file holds the transpose
//       c: bias.npy                # optional: Y = A B + C
//       expected: y.npy
//       bitexact: true             # or:  rtol: 1.0e-3  and / or  atol: 1.0e-5
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "sw/cli/comparison.h"
#include "sw/config/config.h"

namespace gradcore::cli {

struct ManifestEntry {
  std::string name;
  std::filesystem::path a, b, expected;
  std::optional<std::filesystem::path> c;
  bool trans_a = false, trans_b = false;
  std::optional<Tolerance> tolerance;  // none: bit-exact
};

struct Manifest {
  std::optional<device::Hardware> hardware;
  std::vector<ManifestEntry> entries;
};

// Reads folder/manifest.yaml; file names in it are relative to the folder. Throws ConfigError.
Manifest load_manifest(const std::filesystem::path& folder);

}  // namespace gradcore::cli
