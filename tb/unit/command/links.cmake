# SPDX-License-Identifier: Apache-2.0
list(APPEND links command_bench gradcore_model gradcore_isa)
