// SPDX-License-Identifier: Apache-2.0
// The vector instruction without a clock.
//
// Lines of N elements are worked through by rows of tiles, in each by columns of tiles, in each by
// rows; every line reads its sources before it writes. The sum of a row is, for each tile, a tree
// (halves are added lane by lane until one is left; lanes beyond the matrix count as -0), and over
// tiles their sum in ascending order; the maximum has no order. A listed instruction works through
// its list in order, entry by entry, and each entry's line of the first tiles comes first.
#pragma once

#include <array>

#include "sw/isa/instruction.h"
#include "sw/model/fault.h"
#include "sw/model/local_memory.h"

namespace gradcore::model {

// Speck32/64 (Beaulieu et al., "The SIMON and SPECK lightweight block ciphers", 2013) with so many
// of its 22 rounds; key[0] is the first round's.
std::uint32_t speck32(const std::array<std::uint16_t, 4>& key, std::uint32_t block,
                      unsigned rounds);

// The seed of an instruction's random words: where c takes no part its number, register included,
// goes into the field by exclusive or.
std::uint32_t seed_of(const isa::Instruction& i);

// The random word of an element: ten rounds on the element's number, keyed with seed and stream.
// No secret is kept by them; they mix well.
std::uint32_t random_word(std::uint32_t seed, std::uint16_t stream, std::uint32_t element);

// What the unit answers before it does anything. Fields are checked in the order of isa::Error, for
// each error the sources a, b, c, then d, e and the list; only those that take part.
Fault check_vector(const LocalMemory& memory, unsigned n, const isa::Instruction& instruction);

// Carries out an instruction that check_vector() accepts. Addresses are taken as they stand: bases
// are added before. kIndex where an entry of its list names rows that do not exist: what stands
// before that entry is done, nothing of it and behind it.
Fault execute_vector(LocalMemory& memory, unsigned n, const isa::Instruction& instruction);

}  // namespace gradcore::model
