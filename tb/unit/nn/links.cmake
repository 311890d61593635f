# SPDX-License-Identifier: Apache-2.0
list(APPEND links gradcore_runtime gradcore_model)
