// SPDX-License-Identifier: Apache-2.0
#include "sw/io/npy_header.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

#include "tb/unit/io/npy_bytes.h"

namespace gradcore::io {
namespace {

using testing::ElementsAre;

TEST(NpyHeader, StopsAtTheFirstElement) {
  std::istringstream stream(tb::npy_header("<f4", "(3, 4, 5)", true) + "data");
  const NpyHeader header = read_npy_header(stream, "x.npy");
  EXPECT_EQ(header.descr, "<f4");
  EXPECT_TRUE(header.fortran_order);
  EXPECT_THAT(header.shape, ElementsAre(3, 4, 5));
  EXPECT_EQ(header.data_offset, 128u);
  std::string rest;
  stream >> rest;
  EXPECT_EQ(rest, "data");
}

TEST(NpyHeader, ShapesAreWrittenAsPythonWritesThem) {
  EXPECT_EQ(shape_text({}), "()");
  EXPECT_EQ(shape_text({7}), "(7,)");
  EXPECT_EQ(shape_text({7, 8}), "(7, 8)");
}

}  // namespace
}  // namespace gradcore::io
