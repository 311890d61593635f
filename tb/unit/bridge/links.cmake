# SPDX-License-Identifier: Apache-2.0
find_package(ZLIB REQUIRED)
list(APPEND links bridge_bench ZLIB::ZLIB)
