// SPDX-License-Identifier: Apache-2.0
// binary32 to bfloat16: nearest even, or stochastic with 16 random bits a lane.
//
// Stochastic rounding adds the random bits below the significand that is kept and truncates, so
// it rounds away from zero with exactly the probability of the fraction dropped. Overflow gives
// infinity, every NaN the canonical one. Combinational. Without valid_i data_o is undefined.
module fp32_to_bf16
  import gradcore_pkg::*;
#(
  parameter int unsigned Lanes = 16
) (
  input  logic        valid_i,
  input  logic        stochastic_i,
  input  logic [15:0] random_i [Lanes],
  input  logic [31:0] data_i   [Lanes],
  output logic [15:0] data_o   [Lanes]
);

  // An infinity has nothing below the significand that is kept, so nothing carries into it.
  function automatic logic [15:0] convert(logic [31:0] data, logic stochastic, logic [15:0] random);
    logic [16:0] low;
    logic [15:0] sum;
    logic nan, up;
    nan = data[30:0] > 31'h7f80_0000;
    low = {1'b0, data[15:0]} + {1'b0, random};
    up = (stochastic & low[16]) |
        (~stochastic & data[15] & ({data[16], data[14:0]} != 16'd0));
    sum = data[31:16] + {15'd0, up};
    return (Bf16Nan & {16{nan}}) | (sum & ~{16{nan}});
  endfunction

  always_comb begin
    if (valid_i) begin  // simulation is faster where there is nothing to look at
      for (int unsigned i = 0; i < Lanes; i++) begin
        data_o[i] = convert(data_i[i], stochastic_i, random_i[i]);
      end
    end else begin
      data_o = '{default: 'x};
    end
  end

endmodule
