# SPDX-License-Identifier: Apache-2.0
list(APPEND links unit_bench vector_bench gradcore_isa gradcore_model)
