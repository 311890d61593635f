// SPDX-License-Identifier: Apache-2.0
// The words of a mismatch report.
#pragma once

#include <string>

#include "tb/harness/mismatch.h"

namespace gradcore::harness {

// A test's name as a file name: what is neither letter, digit, '.' nor '-' becomes '_'.
std::string file_name(const std::string& test);

std::string describe_mismatch(const Investigation& work, const Mismatch& found);

}  // namespace gradcore::harness
