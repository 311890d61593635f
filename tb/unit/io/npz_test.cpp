// SPDX-License-Identifier: Apache-2.0
#include "sw/io/npz.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <zip.h>

#include <csignal>
#include <stdexcept>

#include "tb/unit/io/npy_bytes.h"
#include "tb/unit/io/npz_numpy.h"
#include "tb/unit/io/scratch_folder.h"

namespace gradcore::io {
namespace {

using tb::from_hex;
using tb::kNumpySavez;
using tb::kNumpySavezCompressed;
using tb::ScratchFolder;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::ThrowsMessage;

template <typename T>
NamedArray named(std::string name, ElementType type, std::vector<std::size_t> shape,
                 const std::vector<T>& values) {
  return {std::move(name), make_array<T>(type, std::move(shape), values)};
}

std::vector<NamedArray> of_every_type() {
  return {
      named<float>("layer.0/w", ElementType::kFloat32, {2, 3}, {1, -2, 3.5f, 4, 5, 6}),
      named<std::uint16_t>("bf16", ElementType::kBfloat16, {3}, {0x3F80, 0x8001, 0x7FC1}),
      named<std::uint8_t>("json", ElementType::kUint8, {4}, {'{', '"', 0, 255}),
      named<std::int32_t>("i32", ElementType::kInt32, {2, 1, 1, 1}, {-0x7FFFFFFF - 1, 0x7FFFFFFF}),
      named<std::uint32_t>("u32", ElementType::kUint32, {1}, {~0u}),
      named<std::int64_t>("step", ElementType::kInt64, {}, {-7}),
      named<std::uint64_t>("u64", ElementType::kUint64, {1, 1}, {~std::uint64_t{0}}),
      named<float>("none", ElementType::kFloat32, {0, 4}, {}),
  };
}

// The sentence with which a file is refused, or "" and what it holds.
std::string refusal_of(const std::string& name, std::vector<NamedArray>* loaded = nullptr) {
  try {
    std::vector<NamedArray> arrays = load_npz(name);
    if (loaded != nullptr) *loaded = std::move(arrays);
    return "";
  } catch (const FileError& error) {
    const std::string text = error.what();
    EXPECT_THAT(text, HasSubstr("'" + name));
    EXPECT_THAT(text, testing::Not(HasSubstr("\n")));
    return text;
  }
}

std::string refusal(const ScratchFolder& folder, const std::string& bytes,
                    std::vector<NamedArray>* loaded = nullptr) {
  return refusal_of(folder.file("x.npz", bytes), loaded);
}

// The bits of a file, one by one the wrong way round. Calls `look` with the number of the bit.
void flip_each_bit(const std::string& name, const std::function<void(std::size_t bit)>& look) {
  const std::size_t bits = 8 * std::filesystem::file_size(name);
  for (std::size_t bit = 0; bit < bits && !testing::Test::HasFailure(); ++bit) {
    const auto flip = [&] {
      std::fstream file(name, std::ios::in | std::ios::out | std::ios::binary);
      const auto at = static_cast<std::streamoff>(bit / 8);
      const int byte = file.seekg(at).get();
      file.seekp(at).put(static_cast<char>(byte ^ (1 << (bit % 8))));
    };
    flip();
    look(bit);
    flip();
  }
}

TEST(Npz, ReturnsWhatItWasGiven) {
  const ScratchFolder folder;
  const auto arrays = of_every_type();
  save_npz(folder / "x.npz", arrays);
  EXPECT_EQ(load_npz(folder / "x.npz"), arrays);
  // The same bytes again.
  const std::string bytes = folder.read("x.npz");
  save_npz(folder / "x.npz", arrays);
  EXPECT_EQ(folder.read("x.npz"), bytes);
  EXPECT_EQ(folder.file_count(), 1u);
  // Dated 1980-01-01, 0:00, whenever it was written.
  EXPECT_EQ(bytes.substr(10, 4), std::string("\0\0\x21\0", 4));
  // An entry is the .npy file as numpy.save writes it, stored.
  EXPECT_THAT(bytes, HasSubstr("bf16.npy" + tb::npy_header("<u2", "(3,)") +
                               std::string("\x80\x3F\x01\x80\xC1\x7F")));
}

TEST(Npz, ReadsWhatNumpyWrites) {
  const ScratchFolder folder;
  for (const auto hex : {kNumpySavez, kNumpySavezCompressed}) {
    NpzFile file(folder.file("x.npz", from_hex(hex)));
    EXPECT_THAT(file.names(), ElementsAre("w", "step", "f"));
    // In any order, also twice.
    EXPECT_EQ(file.load("f").values<std::int32_t>(), (std::vector<std::int32_t>{1, 2, 3, 4}));
    EXPECT_EQ(file.load("w").values<float>(), (std::vector<float>{1, -2, 3.5f, 4, 5, 6}));
    EXPECT_EQ(file.load("step").values<std::int64_t>(), std::vector<std::int64_t>{7});
    EXPECT_THAT(file.load("step").shape, ElementsAre());
    EXPECT_EQ(file.load("w").shape, (std::vector<std::size_t>{2, 3}));
    EXPECT_TRUE(file.contains("w"));
    EXPECT_FALSE(file.contains("w.npy"));
    EXPECT_THAT([&] { file.load("v"); },
                ThrowsMessage<FileError>(HasSubstr("has no array 'v'; it has w, step, f")));
  }
}

// An array of a few megabytes, made and read piece by piece.
TEST(Npz, WritesArraysThatAreNotInMemory) {
  const ScratchFolder folder;
  constexpr std::size_t kCount = 1'000'003;
  std::uint64_t next = 0;
  const NpzEntry entry{"ramp",
                       ElementType::kUint32,
                       {kCount},
                       [&](std::uint64_t offset, std::span<std::byte> piece) {
                         EXPECT_EQ(offset, next);
                         next += piece.size();
                         for (std::size_t i = 0; i < piece.size(); ++i) {
                           const std::uint64_t byte = offset + i;
                           piece[i] = static_cast<std::byte>(byte / 4 >> (8 * (byte % 4)));
                         }
                       }};
  save_npz(folder / "x.npz", std::span(&entry, 1));
  EXPECT_EQ(next, kCount * 4);
  const auto values = load_npz(folder / "x.npz").at(0).array.values<std::uint32_t>();
  ASSERT_EQ(values.size(), kCount);
  for (std::uint32_t i = 0; i < kCount; ++i) ASSERT_EQ(values[i], i);
}

TEST(Npz, EveryFlippedBitIsRefused) {
  const ScratchFolder folder;
  const std::string name = (folder / "x.npz").string();
  save_npz(name, of_every_type());
  ASSERT_EQ(refusal_of(name), "");
  flip_each_bit(name, [&](std::size_t bit) {
    ASSERT_NE(refusal_of(name), "") << "byte " << bit / 8 << " bit " << bit % 8;
  });
  ASSERT_EQ(refusal_of(name), "");
}

TEST(Npz, EveryTruncationIsRefused) {
  const ScratchFolder folder;
  save_npz(folder / "good.npz", of_every_type());
  for (const std::string& good :
       {folder.read("good.npz"), from_hex(kNumpySavez), from_hex(kNumpySavezCompressed)}) {
    const std::string name = folder.file("x.npz", good + '\0');
    ASSERT_NE(refusal_of(name), "");
    std::filesystem::resize_file(name, good.size());
    ASSERT_EQ(refusal_of(name), "");
    for (std::size_t length = good.size(); length-- > 0;) {
      std::filesystem::resize_file(name, length);
      ASSERT_NE(refusal_of(name), "") << length;
    }
  }
}

// NumPy's archives have bytes that no checksum covers, such as dates: a change of one must not
// matter then.
TEST(Npz, DamageOfNumpysFilesIsRefusedOrHarmless) {
  const ScratchFolder folder;
  for (const auto hex : {kNumpySavez, kNumpySavezCompressed}) {
    const std::string name = folder.file("x.npz", from_hex(hex));
    std::vector<NamedArray> whole, loaded;
    ASSERT_EQ(refusal_of(name, &whole), "");
    std::size_t refused = 0;
    flip_each_bit(name, [&](std::size_t bit) {
      if (refusal_of(name, &loaded).empty()) {
        ASSERT_EQ(loaded, whole) << "byte " << bit / 8 << " bit " << bit % 8;
      } else {
        ++refused;
      }
    });
    EXPECT_GT(refused, hex.size() / 2 * 8 * 4 / 5);  // hex has two digits for a byte
  }
}

TEST(Npz, SaysWhatIsWrong) {
  const ScratchFolder folder;
  save_npz(folder / "good.npz", of_every_type());
  std::string bytes = folder.read("good.npz");
  bytes[bytes.find("{\"") + 1] = '\'';
  EXPECT_THAT(refusal(folder, bytes), HasSubstr("x.npz' is damaged: its CRC is "));
  bytes = from_hex(kNumpySavez);
  bytes[bytes.find("\x80\x3F")] = '\x81';
  EXPECT_THAT(refusal(folder, bytes), HasSubstr("x.npz:w' is damaged: its CRC is another one"));
  EXPECT_THAT(refusal(folder, bytes.substr(0, 500)), HasSubstr("is damaged or truncated"));
  EXPECT_THAT(refusal(folder, ""), HasSubstr("not a .npz file"));
  EXPECT_THAT(refusal(folder, tb::npy_floats("(1,)", {1})), HasSubstr("not a .npz file"));
  EXPECT_THAT([&] { load_npz(folder / "no.npz"); },
              ThrowsMessage<FileError>(HasSubstr("o such file")));
  EXPECT_THAT([&] { load_npz(folder.path()); },
              ThrowsMessage<FileError>(HasSubstr("not a regular file")));
  // numpy.savez without arrays.
  EXPECT_EQ(refusal(folder, std::string("PK\x05\x06", 4) + std::string(18, '\0')), "");
}

// An archive by libzip with one entry of this name, content and way of packing.
std::string archive(const ScratchFolder& folder, const std::string& name,
                    const std::string& content, int method = ZIP_CM_STORE) {
  const std::string path = (folder / "made.zip").string();
  zip_t* const zip = zip_open(path.c_str(), ZIP_CREATE | ZIP_TRUNCATE, nullptr);
  zip_source_t* const source = zip_source_buffer(zip, content.data(), content.size(), 0);
  const auto index = static_cast<zip_uint64_t>(zip_file_add(zip, name.c_str(), source, 0));
  EXPECT_EQ(zip_set_file_compression(zip, index, method, 0), 0);
  EXPECT_EQ(zip_close(zip), 0);
  return folder.read("made.zip");
}

TEST(Npz, RefusesOtherArchives) {
  const ScratchFolder folder;
  const std::string npy = tb::npy_floats("(1,)", {1});
  EXPECT_EQ(refusal(folder, archive(folder, "a.npy", npy)), "");
  EXPECT_THAT(refusal(folder, archive(folder, "a.txt", npy)), HasSubstr("something else"));
  EXPECT_THAT(refusal(folder, archive(folder, "a\n.npy", npy)), HasSubstr("something else"));
  EXPECT_THAT(refusal(folder, archive(folder, "a.npy", "text")), HasSubstr("not a .npy file"));
  EXPECT_THAT(refusal(folder, archive(folder, "a.npy", tb::npy_header("<f8", "()") + "12345678")),
              AllOf(HasSubstr("x.npz:a' has dtype <f8"), HasSubstr("uint64")));
  EXPECT_THAT(refusal(folder, archive(folder, "a.npy", npy + "more")),
              HasSubstr("4 bytes after the data"));
  EXPECT_THAT(
      refusal(folder, archive(folder, "a.npy",
                              tb::npy_header("|u1", "(1000000,)") + std::string(1000000, 'x'),
                              ZIP_CM_BZIP2)),
      HasSubstr("in a way that NumPy does not write"));
}

// A directory that promises 4 GiB from a few bytes must not cost 4 GiB of memory.
TEST(Npz, RefusesLengthsThatCannotBe) {
  const ScratchFolder folder;
  const std::string npy = tb::npy_header("|u1", "(4294967000,)") + std::string(500, 'x');
  std::string bytes = archive(folder, "a.npy", npy, ZIP_CM_DEFLATE);
  const std::size_t local = 22, central = bytes.find("PK\x01\x02") + 24;
  for (const std::size_t at : {local, central}) {
    for (std::size_t i = 0; i < 4; ++i) bytes[at + i] = i == 0 ? '\x58' : '\xFF';
  }
  EXPECT_THAT(refusal(folder, bytes), HasSubstr("'a.npy' cannot have 42949"));
}

TEST(Npz, SavesWholeOrNotAtAll) {
  const ScratchFolder folder;
  folder.file("x.npz", "old");
  const auto array = of_every_type().front();
  const auto saving = [&](const std::vector<NamedArray>& arrays) {
    return [&folder, arrays] { save_npz(folder / "x.npz", arrays); };
  };
  EXPECT_THROW(saving({})(), std::invalid_argument);
  EXPECT_THAT(saving({array, array}),
              ThrowsMessage<std::invalid_argument>(HasSubstr("'layer.0/w' is there twice")));
  for (const char* const name : {"", "a\n", "a\\b", "\xC3\xA4"}) {
    EXPECT_THROW(saving({{name, array.array}})(), std::invalid_argument) << name;
  }
  EXPECT_THROW(saving({{"a", {ElementType::kFloat32, {2}, {}}}})(), std::invalid_argument);
  EXPECT_THROW(saving({{"a",
                        {ElementType::kFloat32, std::vector<std::size_t>(9, 1),
                         std::vector<std::byte>(4)}}})(),
               std::invalid_argument);
  // A producer that gives up: its own exception arrives.
  const NpzEntry failing{
      "a", ElementType::kUint8, {100000}, [](std::uint64_t offset, std::span<std::byte>) {
        if (offset > 50000) throw std::out_of_range("no more");
      }};
  EXPECT_THAT([&] { save_npz(folder / "x.npz", std::span(&failing, 1)); },
              ThrowsMessage<std::out_of_range>("no more"));
  EXPECT_THAT([&] { save_npz(folder / "no" / "x.npz", std::span(&array, 1)); },
              ThrowsMessage<FileError>(HasSubstr("there is no directory")));
  EXPECT_EQ(folder.read("x.npz"), "old");
  EXPECT_EQ(folder.file_count(), 1u);
}

// A limit on the length of files stands in for a full disk, wherever it strikes.
TEST(Npz, FullDiskLeavesTheOldFile) {
  const ScratchFolder folder;
  folder.file("x.npz", "old");
  const auto array =
      named<std::uint8_t>("a", ElementType::kUint8, {200000}, std::vector<std::uint8_t>(200000, 1));
  rlimit before{};
  ASSERT_EQ(getrlimit(RLIMIT_FSIZE, &before), 0);
  const auto old_handler = std::signal(SIGXFSZ, SIG_IGN);
  std::vector<std::string> sentences;
  for (const rlim_t bytes : {10u, 100000u, 200150u, 200258u}) {
    const rlimit small{bytes, before.rlim_max};
    ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &small), 0);
    try {
      save_npz(folder / "x.npz", std::span(&array, 1));
      sentences.emplace_back("saved");
    } catch (const FileError& error) {
      sentences.emplace_back(error.what());
    }
  }
  setrlimit(RLIMIT_FSIZE, &before);
  std::signal(SIGXFSZ, old_handler);
  for (const std::string& sentence : sentences) EXPECT_THAT(sentence, HasSubstr("File too large"));
  EXPECT_EQ(folder.read("x.npz"), "old");
  EXPECT_EQ(folder.file_count(), 1u);
  save_npz(folder / "x.npz", std::span(&array, 1));
  EXPECT_EQ(std::filesystem::file_size(folder / "x.npz"), 200259u);
}

}  // namespace
}  // namespace gradcore::io
