// SPDX-License-Identifier: Apache-2.0
// From "the result is wrong" to the cycle, the tile and the PE, with a waveform of just that.
//
// The work that went wrong is done again, twice and deterministically, on a fresh traced core: once
// to find the first vector that is written wrong, once to look at the PEs while that vector passes
// them, recording a window of cycles around it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "tb/harness/rtl_device.h"
#include "tb/harness/write_checker.h"

namespace gradcore::harness {

// Does the work on the device that it is given, always in the same way.
using Replay = std::function<void(device::Device& device)>;
// A new traced core of the hardware in question.
using MakeCore = std::function<std::unique_ptr<CoreModel>()>;

struct Investigation {
  std::string test;  // names the files, too
  std::uint64_t seed = 0;
  device::Hardware hardware;
  Stalls stalls;  // from the beginning of the replay
  Replay replay;
  std::filesystem::path folder;  // of the waveforms; is made if need be
};

// The first PE, from the top of the column down, with something other than predicted.
struct WrongPe {
  enum class What { kStreamed, kStationary, kProduct, kSum };
  unsigned row = 0, column = 0;
  What what = What::kProduct;
  std::uint64_t cycle = 0;              // in which it holds that
  std::uint64_t expected = 0, got = 0;  // packed as in rtl/matrix/systolic_array.sv
};

struct Mismatch {
  WrongWrite write;
  std::uint64_t entry = 0, cycle = 0;  // the vector enters, its result is written; since reset
  std::uint64_t time = 0;              // of the latter in the waveform, in ns
  std::optional<WrongPe> pe;           // none: the sums of the array are right
  std::filesystem::path waves, view;   // .fst, .gtkw

  std::string report;  // all of it for people, several lines
};

// Nothing if the replay writes what it should. Throws what `make_core` throws when there is no such
// core in this program.
std::optional<Mismatch> investigate(const Investigation& work, const MakeCore& make_core);

// The same as text, with the cores of this program; says why when there is nothing to say.
std::string explain_mismatch(const Investigation& work);

}  // namespace gradcore::harness
