// SPDX-License-Identifier: Apache-2.0
// xtensor reads and writes the data. Its reader (xnpy.hpp of 0.24) trusts the header: it takes
// header lengths with bit 7 set for negative, multiplies dimensions without overflow check and
// does not notice a short read. So a file is first checked here, and xtensor then reads a header
// that was written here, followed by the file's data.
#include "sw/io/npy.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <fstream>
#include <limits>
#include <stdexcept>
#include <streambuf>
#include <string>
#include <xtensor/xadapt.hpp>
#include <xtensor/xarray.hpp>
#include <xtensor/xnpy.hpp>

#include "sw/io/atomic_file.h"

namespace gradcore::io {
namespace fs = std::filesystem;
namespace {

static_assert(std::endian::native == std::endian::little, ".npy data is read as it lies");

[[noreturn]] void fail(const std::string& name, const std::string& why) {
  throw FileError(fmt::format("'{}' {}", name, why));
}

// First the given text, then the rest of a file.
class HeaderThenFile : public std::streambuf {
 public:
  HeaderThenFile(std::string header, std::streambuf& file)
      : header_(std::move(header)), file_(file) {
    setg(header_.data(), header_.data(), header_.data() + header_.size());
  }

 protected:
  std::streamsize xsgetn(char* out, std::streamsize count) override {
    const std::streamsize head = std::min<std::streamsize>(count, egptr() - gptr());
    std::copy_n(gptr(), head, out);
    gbump(static_cast<int>(head));
    return head == count ? head : head + file_.sgetn(out + head, count - head);
  }

 private:
  std::string header_;
  std::streambuf& file_;
};

std::string canonical_header(const char* descr, const NpyHeader& header) {
  std::string text = fmt::format("{{'descr': '{}', 'fortran_order': {}, 'shape': {}, }}", descr,
                                 header.fortran_order ? "True" : "False", shape_text(header.shape));
  if (text.size() > 126) throw std::logic_error("a header of three dimensions fits 127 bytes");
  text.append(126 - text.size(), ' ');
  return std::string("\x93NUMPY\x01\x00\x7f\x00", 10) + text + "\n";
}

template <typename T>
std::vector<std::uint32_t> read_values(const char* descr, const NpyHeader& header,
                                       std::ifstream& file, const std::string& name) {
  HeaderThenFile buffer(canonical_header(descr, header), *file.rdbuf());
  std::istream stream(&buffer);
  const auto loaded = xt::load_npy<T>(stream);
  if (!stream) fail(name, "could not be read to its end");
  std::vector<std::uint32_t> values(loaded.size());
  // Row-major order of the elements, in whichever order the file has them.
  std::copy(loaded.template begin<xt::layout_type::row_major>(),
            loaded.template end<xt::layout_type::row_major>(), values.begin());
  return values;
}

ElementType element_type(const NpyHeader& header, const std::string& name) {
  const std::string& descr = header.descr;
  const char* const expected = "expected float32, or uint16 with the bits of bfloat16";
  if (descr == "<f4") return ElementType::kFloat32;
  if (descr == "<u2") return ElementType::kBfloat16;
  if (descr.empty()) fail(name, fmt::format("holds records, {}", expected));
  if (descr == "|O") fail(name, fmt::format("holds pickled Python objects, {}", expected));
  if (descr[0] == '>') {
    fail(name, fmt::format("is big-endian (dtype {}), expected little-endian data", descr));
  }
  if (descr.ends_with("V2")) {
    fail(name, fmt::format("has dtype {}, {} (for a bfloat16 array: array.view(numpy.uint16))",
                           descr, expected));
  }
  fail(name, fmt::format("has dtype {}, {}", descr, expected));
}

// The bytes of the data; 0 when the dimensions cannot be meant.
std::uint64_t data_bytes(const std::vector<std::size_t>& shape, std::uint64_t element_bytes) {
  std::uint64_t bytes = element_bytes;
  for (const std::size_t dimension : shape) {
    if (dimension == 0 || bytes > std::numeric_limits<std::int64_t>::max() / dimension) return 0;
    bytes *= dimension;
  }
  return bytes;
}

void check_size(const NpyHeader& header, std::uint64_t element_bytes, std::uint64_t file_bytes,
                const std::string& name) {
  const std::vector<std::size_t>& shape = header.shape;
  if (shape.empty() || shape.size() > 3) {
    fail(name, fmt::format("has shape {}, expected 1 to 3 dimensions", shape_text(shape)));
  }
  if (std::find(shape.begin(), shape.end(), std::size_t{0}) != shape.end()) {
    fail(name, fmt::format("has shape {}, expected at least one element", shape_text(shape)));
  }
  const std::uint64_t expected = data_bytes(shape, element_bytes);
  const std::uint64_t present =
      file_bytes - std::min<std::uint64_t>(file_bytes, header.data_offset);
  if (expected == 0 || present < expected) {
    fail(name, fmt::format("is truncated: shape {} needs {} bytes of data, the file has {}",
                           shape_text(shape),
                           expected == 0 ? "2^63 or more" : fmt::to_string(expected), present));
  }
  if (present > expected) {
    fail(name, fmt::format("has {} bytes after the data of shape {}", present - expected,
                           shape_text(shape)));
  }
}

template <typename T, typename Convert>
void write_values(std::ostream& stream, const Tensor& tensor, const Convert& convert) {
  std::vector<T> elements(tensor.values.size());
  std::transform(tensor.values.begin(), tensor.values.end(), elements.begin(), convert);
  // The public dump_npy opens the file itself and does not check that it was written.
  xt::detail::dump_npy_stream(stream, xt::adapt(elements, tensor.shape));
}

}  // namespace

Tensor load_npy(const fs::path& path) {
  const std::string name = path.string();
  std::error_code error;
  const fs::file_status status = fs::status(path, error);
  if (!fs::exists(status)) {
    throw FileError(
        fmt::format("cannot read '{}': {}", name, error ? error.message() : "no such file"));
  }
  if (!fs::is_regular_file(status)) fail(name, "is not a regular file, expected a .npy file");
  errno = 0;
  std::ifstream file(path, std::ios::binary);
  const std::uint64_t file_bytes = fs::file_size(path, error);
  if (!file || error) {
    const int code = error ? error.value() : errno;
    throw FileError(
        fmt::format("cannot read '{}': {}", name, std::generic_category().message(code)));
  }

  const NpyHeader header = read_npy_header(file, name);
  Tensor tensor;
  tensor.type = element_type(header, name);
  tensor.shape = header.shape;
  const bool is_float = tensor.type == ElementType::kFloat32;
  check_size(header, is_float ? 4 : 2, file_bytes, name);
  if (is_float) {
    // As integers: no bit of a NaN passes through floating-point code.
    tensor.values = read_values<std::uint32_t>("<u4", header, file, name);
  } else {
    tensor.values = read_values<std::uint16_t>("<u2", header, file, name);
    for (std::uint32_t& value : tensor.values) value <<= 16;
  }
  return tensor;
}

void save_npy(const fs::path& path, const Tensor& tensor) {
  const bool is_float = tensor.type == ElementType::kFloat32;
  if (data_bytes(tensor.shape, 1) != tensor.values.size() || tensor.values.empty()) {
    throw std::invalid_argument("save_npy: the shape does not match the number of values");
  }
  if (!is_float && std::any_of(tensor.values.begin(), tensor.values.end(),
                               [](std::uint32_t bits) { return (bits & 0xFFFFu) != 0; })) {
    throw std::invalid_argument("save_npy: a value is no bfloat16");
  }
  AtomicFile file(path);
  if (is_float) {
    write_values<float>(file.stream(), tensor,
                        [](std::uint32_t bits) { return std::bit_cast<float>(bits); });
  } else {
    write_values<std::uint16_t>(file.stream(), tensor, [](std::uint32_t bits) {
      return static_cast<std::uint16_t>(bits >> 16);
    });
  }
  file.commit();
}

}  // namespace gradcore::io
