// SPDX-License-Identifier: Apache-2.0
// Comparison of binary32 numbers.
package fp32_pkg;

  localparam logic [31:0] One = 32'h3f80_0000;
  localparam logic [31:0] NegativeZero = 32'h8000_0000;
  localparam logic [31:0] NegativeInfinity = 32'hff80_0000;

  function automatic logic is_nan(logic [31:0] x);
    return x[30:0] > 31'h7f80_0000;
  endfunction

  // Unsigned integers in the order of the numbers, -0 below +0.
  function automatic logic [31:0] order_key(logic [31:0] x);
    return x ^ ({32{x[31]}} | 32'h8000_0000);
  endfunction

  // The larger one; +0 is larger than -0, and a NaN wins, as the canonical one.
  function automatic logic [31:0] maximum(logic [31:0] a, logic [31:0] b);
    logic [31:0] take_a, nan;
    take_a = {32{order_key(a) > order_key(b)}};
    nan = {32{is_nan(a) | is_nan(b)}};
    return (((a & take_a) | (b & ~take_a)) & ~nan) | (32'h7fc0_0000 & nan);
  endfunction

endpackage
