// SPDX-License-Identifier: Apache-2.0
// The streams of every Verilated core that are checked while it runs: all ports, and inside the
// core what connects its units. Synthesis does not see this file.

bind gradcore stream_checker #(
  .Width($bits(cmd_i))
) u_check_cmd (
  .clk_i,
  .rst_ni,
  .valid_i(cmd_valid_i),
  .ready_i(cmd_ready_o),
  .payload_i(cmd_i)
);

bind gradcore stream_checker #(
  .Width($bits(rsp_o))
) u_check_rsp (
  .clk_i,
  .rst_ni,
  .valid_i(rsp_valid_o),
  .ready_i(rsp_ready_i),
  .payload_i(rsp_o)
);

bind gradcore stream_checker #(
  .Width(33 + N)
) u_check_mem_request (
  .clk_i,
  .rst_ni,
  .valid_i(mem_valid_i),
  .ready_i(mem_ready_o),
  .payload_i({mem_write_i, mem_address_i, mem_mask_i & {N{mem_write_i}}})
);

bind gradcore lane_checker #(
  .Lanes(N)
) u_check_mem_write_data (
  .clk_i,
  .rst_ni,
  .valid_i(mem_valid_i && mem_write_i),
  .ready_i(mem_ready_o),
  .lanes_i(mem_data_i)
);

bind gradcore stream_checker #(
  .Width(1)
) u_check_mem_data (
  .clk_i,
  .rst_ni,
  .valid_i(mem_valid_o),
  .ready_i(mem_ready_i),
  .payload_i(1'b0)
);

bind gradcore lane_checker #(
  .Lanes(N)
) u_check_mem_read_data (
  .clk_i,
  .rst_ni,
  .valid_i(mem_valid_o),
  .ready_i(mem_ready_i),
  .lanes_i(mem_data_o)
);

// A checked command on its way to the matrix unit.
bind gradcore stream_checker #(
  .Width($bits(gemm))
) u_check_gemm (
  .clk_i,
  .rst_ni,
  .valid_i(matrix_valid),
  .ready_i(matrix_ready),
  .payload_i(gemm)
);

// Vectors that the matrix unit asks of operand memory.
bind gradcore stream_checker #(
  .Width($bits(stream_line))
) u_check_stream (
  .clk_i,
  .rst_ni,
  .valid_i(stream_valid),
  .ready_i(stream_ready),
  .payload_i(stream_line)
);

bind gradcore completion_checker #(
  .Width($bits(done_q))
) u_check_completions (
  .clk_i,
  .rst_ni,
  .verdict_valid_i(verdict_valid),
  .done_i(done_q)
);
