# SPDX-License-Identifier: Apache-2.0
find_package(nlohmann_json REQUIRED)
list(APPEND links nlohmann_json::nlohmann_json)
