# SPDX-License-Identifier: Apache-2.0
find_package(fmt REQUIRED)
find_package(ZLIB REQUIRED)
list(APPEND links fmt::fmt ZLIB::ZLIB)
