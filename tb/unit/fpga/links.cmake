# SPDX-License-Identifier: Apache-2.0
list(APPEND links fpga_bench)
