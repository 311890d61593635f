# SPDX-License-Identifier: Apache-2.0
find_package(fmt REQUIRED)
list(APPEND links gradcore_runtime gradcore_model gradcore_datasets fmt::fmt)
