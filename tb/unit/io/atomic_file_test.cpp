// SPDX-License-Identifier: Apache-2.0
#include "sw/io/atomic_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <csignal>

#include "tb/unit/io/scratch_folder.h"

namespace gradcore::io {
namespace {

namespace fs = std::filesystem;
using tb::ScratchFolder;
using testing::HasSubstr;

std::string refusal(const fs::path& path) {
  try {
    require_writable(path);
  } catch (const FileError& error) {
    EXPECT_THAT(error.what(), HasSubstr("cannot write '" + path.string() + "'"));
    return error.what();
  }
  return "accepted";
}

TEST(AtomicFile, IsThereOnlyAfterCommit) {
  const ScratchFolder folder;
  {
    AtomicFile file(folder / "x.txt");
    file.stream() << "new";
    EXPECT_FALSE(fs::exists(folder / "x.txt"));
    file.commit();
    EXPECT_EQ(folder.read("x.txt"), "new");
  }
  EXPECT_EQ(folder.read("x.txt"), "new");
  EXPECT_EQ(folder.file_count(), 1u);
}

TEST(AtomicFile, LeavesTheOldFileWithoutCommit) {
  const ScratchFolder folder;
  folder.file("x.txt", "old");
  {
    AtomicFile file(folder / "x.txt");
    file.stream() << "new" << std::flush;
    EXPECT_EQ(folder.file_count(), 2u);
  }
  EXPECT_EQ(folder.read("x.txt"), "old");
  EXPECT_EQ(folder.file_count(), 1u);
}

TEST(AtomicFile, TakesWhatAnotherProgramWrote) {
  const ScratchFolder folder;
  AtomicFile file(folder / "x.txt");
  std::ofstream(file.temporary_path()) << "by name";
  file.commit();
  EXPECT_EQ(folder.read("x.txt"), "by name");
}

TEST(AtomicFile, WritesLargeFilesWhole) {
  const ScratchFolder folder;
  std::string expected;
  AtomicFile file(folder / "x.txt");
  for (int i = 0; i < 3000; ++i) {
    const std::string piece(static_cast<std::size_t>(i * 37 % 997),
                            static_cast<char>('a' + i % 26));
    expected += piece;
    file.stream() << piece;
  }
  const std::string block(200000, 'z');
  file.stream().write(block.data(), static_cast<std::streamsize>(block.size()));
  file.commit();
  EXPECT_TRUE(folder.read("x.txt") == expected + block);
}

TEST(AtomicFile, MayBeWrittenOutOfOrder) {
  const ScratchFolder folder;
  AtomicFile file(folder / "x.txt");
  file.stream() << "0123456789";
  EXPECT_EQ(file.stream().tellp(), 10);
  file.stream().seekp(2) << "ab";
  EXPECT_EQ(file.stream().tellp(), 4);
  file.stream().seekp(1, std::ios::cur) << "c";
  file.stream().seekp(-1, std::ios::end) << "d";
  file.stream().seekp(0, std::ios::end) << "e";
  file.commit();
  EXPECT_EQ(folder.read("x.txt"), "01ab4c678de");
}

TEST(AtomicFile, IsNotMadeOfAStreamThatFailed) {
  const ScratchFolder folder;
  folder.file("x.txt", "old");
  AtomicFile file(folder / "x.txt");
  file.stream() << "new";
  file.stream().setstate(std::ios::failbit);
  EXPECT_THROW(file.commit(), FileError);
  EXPECT_EQ(folder.read("x.txt"), "old");
}

TEST(AtomicFile, ReplacesTheFileBehindALinkAndKeepsItsPermissions) {
  const ScratchFolder folder;
  folder.file("real.txt", "old");
  fs::permissions(folder / "real.txt", fs::perms::owner_read | fs::perms::owner_write);
  fs::create_symlink("real.txt", folder / "link.txt");
  AtomicFile file(folder / "link.txt");
  file.stream() << "new";
  file.commit();
  EXPECT_TRUE(fs::is_symlink(folder / "link.txt"));
  EXPECT_EQ(folder.read("real.txt"), "new");
  EXPECT_EQ(fs::status(folder / "real.txt").permissions(),
            fs::perms::owner_read | fs::perms::owner_write);
}

TEST(AtomicFile, TwoAtATime) {
  const ScratchFolder folder;
  AtomicFile first(folder / "x.txt");
  AtomicFile second(folder / "y.txt");
  first.stream() << "1";
  second.stream() << "2";
  second.commit();
  first.commit();
  EXPECT_EQ(folder.read("x.txt") + folder.read("y.txt"), "12");
}

TEST(AtomicFile, RefusesWhatCannotBeWritten) {
  const ScratchFolder folder;
  folder.file("x.txt", "old");
  EXPECT_EQ(refusal(folder / "x.txt"), "accepted");
  EXPECT_EQ(folder.read("x.txt"), "old");
  EXPECT_THAT(refusal(folder / "no" / "x.txt"), HasSubstr("there is no directory"));
  EXPECT_THAT(refusal(folder / "x.txt" / "y.txt"), HasSubstr("x.txt/y.txt"));
  EXPECT_THAT(refusal(folder.path()), HasSubstr("it is a directory"));
  EXPECT_THAT(refusal(""), HasSubstr("not the name of a file"));
  EXPECT_THAT(refusal("/dev/full"), HasSubstr("not a regular file"));
  EXPECT_EQ(folder.file_count(), 1u);
}

TEST(Folder, IsMadeOrRefused) {
  const tb::ScratchFolder folder;
  make_folder(folder / "a/b");
  make_folder(folder / "a/b");
  EXPECT_TRUE(fs::is_directory(folder / "a/b"));
  folder.file("file", "");
  EXPECT_THAT([&] { make_folder(folder / "file/c"); },
              ThrowsMessage<FileError>(HasSubstr("cannot make the folder")));
}

// A limit on the length of files stands in for a full disk: write() fails in the same way.
TEST(AtomicFile, FullDiskLeavesNothing) {
  const ScratchFolder folder;
  rlimit before{};
  ASSERT_EQ(getrlimit(RLIMIT_FSIZE, &before), 0);
  const auto old_handler = std::signal(SIGXFSZ, SIG_IGN);
  const rlimit small{100000, before.rlim_max};
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &small), 0);
  std::string sentence;
  {
    AtomicFile file(folder / "x.txt");
    for (int i = 0; i < 50; ++i) file.stream() << std::string(5000, 'x');
    try {
      file.commit();
    } catch (const FileError& error) {
      sentence = error.what();
    }
  }
  setrlimit(RLIMIT_FSIZE, &before);
  std::signal(SIGXFSZ, old_handler);
  EXPECT_THAT(sentence, HasSubstr("File too large"));
  EXPECT_EQ(folder.file_count(), 0u);
}

}  // namespace
}  // namespace gradcore::io
