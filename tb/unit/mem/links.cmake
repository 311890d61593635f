# SPDX-License-Identifier: Apache-2.0
list(APPEND links unit_bench vector_bench dma_bench_n4 dma_bench_n16)
