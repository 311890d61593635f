# SPDX-License-Identifier: Apache-2.0
list(APPEND links gradcore_model gradcore_isa dma_bench_n4 dma_bench_n16)
