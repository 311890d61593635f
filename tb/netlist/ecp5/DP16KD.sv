// SPDX-License-Identifier: Apache-2.0
// ECP5 block RAM of 18 Kbit, true or (with a width of 36) simple dual port, without its output
// registers, resets, chip selects and initial contents, and with one clock: the modes the flow uses.
//
// A row has four units of 9 bits, of which widths below 9 use 8. Address bits select bits of the row
// down to the width; from 18 bits on those below serve as byte enables of a write.
module DP16KD #(
  parameter int DATA_WIDTH_A = 18,
  parameter int DATA_WIDTH_B = 18,
  parameter     REGMODE_A = "NOREG",
  parameter     REGMODE_B = "NOREG",
  parameter     RESETMODE = "SYNC",
  parameter     ASYNC_RESET_RELEASE = "SYNC",
  parameter     CSDECODE_A = "0b000",
  parameter     CSDECODE_B = "0b000",
  parameter     CLKAMUX = "CLKA",
  parameter     CLKBMUX = "CLKB",
  parameter     WRITEMODE_A = "NORMAL",
  parameter     WRITEMODE_B = "NORMAL",
  parameter     GSR = "ENABLED",
  parameter logic [319:0] INITVAL_00 = '0, INITVAL_01 = '0, INITVAL_02 = '0, INITVAL_03 = '0,
      INITVAL_04 = '0, INITVAL_05 = '0, INITVAL_06 = '0, INITVAL_07 = '0, INITVAL_08 = '0,
      INITVAL_09 = '0, INITVAL_0A = '0, INITVAL_0B = '0, INITVAL_0C = '0, INITVAL_0D = '0,
      INITVAL_0E = '0, INITVAL_0F = '0, INITVAL_10 = '0, INITVAL_11 = '0, INITVAL_12 = '0,
      INITVAL_13 = '0, INITVAL_14 = '0, INITVAL_15 = '0, INITVAL_16 = '0, INITVAL_17 = '0,
      INITVAL_18 = '0, INITVAL_19 = '0, INITVAL_1A = '0, INITVAL_1B = '0, INITVAL_1C = '0,
      INITVAL_1D = '0, INITVAL_1E = '0, INITVAL_1F = '0, INITVAL_20 = '0, INITVAL_21 = '0,
      INITVAL_22 = '0, INITVAL_23 = '0, INITVAL_24 = '0, INITVAL_25 = '0, INITVAL_26 = '0,
      INITVAL_27 = '0, INITVAL_28 = '0, INITVAL_29 = '0, INITVAL_2A = '0, INITVAL_2B = '0,
      INITVAL_2C = '0, INITVAL_2D = '0, INITVAL_2E = '0, INITVAL_2F = '0, INITVAL_30 = '0,
      INITVAL_31 = '0, INITVAL_32 = '0, INITVAL_33 = '0, INITVAL_34 = '0, INITVAL_35 = '0,
      INITVAL_36 = '0, INITVAL_37 = '0, INITVAL_38 = '0, INITVAL_39 = '0, INITVAL_3A = '0,
      INITVAL_3B = '0, INITVAL_3C = '0, INITVAL_3D = '0, INITVAL_3E = '0, INITVAL_3F = '0
) (
  input  logic DIA0, DIA1, DIA2, DIA3, DIA4, DIA5, DIA6, DIA7, DIA8, DIA9, DIA10, DIA11, DIA12,
               DIA13, DIA14, DIA15, DIA16, DIA17, ADA0, ADA1, ADA2, ADA3, ADA4, ADA5, ADA6, ADA7,
               ADA8, ADA9, ADA10, ADA11, ADA12, ADA13,
  input  logic CEA, OCEA, CLKA, WEA, RSTA, CSA0, CSA1, CSA2,
  input  logic DIB0, DIB1, DIB2, DIB3, DIB4, DIB5, DIB6, DIB7, DIB8, DIB9, DIB10, DIB11, DIB12,
               DIB13, DIB14, DIB15, DIB16, DIB17, ADB0, ADB1, ADB2, ADB3, ADB4, ADB5, ADB6, ADB7,
               ADB8, ADB9, ADB10, ADB11, ADB12, ADB13,
  input  logic CEB, OCEB, CLKB, WEB, RSTB, CSB0, CSB1, CSB2,
  output logic DOA0, DOA1, DOA2, DOA3, DOA4, DOA5, DOA6, DOA7, DOA8, DOA9, DOA10, DOA11, DOA12,
               DOA13, DOA14, DOA15, DOA16, DOA17,
  output logic DOB0, DOB1, DOB2, DOB3, DOB4, DOB5, DOB6, DOB7, DOB8, DOB9, DOB10, DOB11, DOB12,
               DOB13, DOB14, DOB15, DOB16, DOB17
);
  if (REGMODE_A != "NOREG" || REGMODE_B != "NOREG" || CSDECODE_A != "0b000" ||
      CSDECODE_B != "0b000" || CLKAMUX != "CLKA" || CLKBMUX != "CLKB") begin : gen_check_mode
    $error("DP16KD: this mode is not modelled");
  end

  logic [17:0] dia, dib;
  logic [13:0] ada, adb;
  assign dia = {
      DIA17, DIA16, DIA15, DIA14, DIA13, DIA12, DIA11, DIA10, DIA9, DIA8, DIA7, DIA6, DIA5, DIA4, DIA3,
      DIA2, DIA1, DIA0
  };
  assign ada = {
      ADA13, ADA12, ADA11, ADA10, ADA9, ADA8, ADA7, ADA6, ADA5, ADA4, ADA3, ADA2, ADA1, ADA0
  };
  assign dib = {
      DIB17, DIB16, DIB15, DIB14, DIB13, DIB12, DIB11, DIB10, DIB9, DIB8, DIB7, DIB6, DIB5, DIB4, DIB3,
      DIB2, DIB1, DIB0
  };
  assign adb = {
      ADB13, ADB12, ADB11, ADB10, ADB9, ADB8, ADB7, ADB6, ADB5, ADB4, ADB3, ADB2, ADB1, ADB0
  };

  logic [35:0] mem [512];
  logic [35:0] a_q, b_q, a_data, b_data, a_old, b_old, a_mask, b_mask, a_clash, b_clash;
  logic [5:0]  a_low, b_low;

  // Lowest bit of an access in its row, and the bits it may write, from there on.
  function automatic logic [5:0] low(logic [13:0] address, int width);
    logic [5:0] in_unit;
    if (width == 36) return 6'd0;
    if (width == 18) return address[4] ? 6'd18 : 6'd0;
    in_unit = (width == 9) ? 6'd0 : 6'(address[2:0]) & ~(6'(width) - 6'd1);
    return 6'd9 * 6'(address[4:3]) + in_unit;
  endfunction
  function automatic logic [35:0] enable(logic [13:0] address, int width);
    logic [35:0] by_unit;
    by_unit = {{9{address[3]}}, {9{address[2]}}, {9{address[1]}}, {9{address[0]}}};
    return ((width >= 18) ? by_unit : '1) & 36'((37'd1 << width) - 37'd1);
  endfunction

  assign a_low = low(ada, DATA_WIDTH_A);
  assign b_low = low(adb, DATA_WIDTH_B);
  assign a_mask = (CEA & WEA) ? enable(ada, DATA_WIDTH_A) : '0;
  assign b_mask = (CEB & WEB) ? enable(adb, DATA_WIDTH_B) : '0;

  // Bits that the other port writes in the same cycle are undefined: here inverted, so that who
  // uses them is found out.
  assign a_clash = (ada[13:5] == adb[13:5]) ? b_mask << b_low : '0;
  assign b_clash = (ada[13:5] == adb[13:5]) ? a_mask << a_low : '0;
  assign a_old = (mem[ada[13:5]] ^ a_clash) >> a_low;
  assign b_old = (mem[adb[13:5]] ^ b_clash) >> b_low;
  // A write of 36 bits (port A) has its upper half on port B's pins.
  assign a_data = (DATA_WIDTH_A == 36) ? {dib, dia} : {18'd0, dia};
  assign b_data = {18'd0, dib};

  // Both ports in one process: their writes may fall into one row.
  always_ff @(posedge CLKA) begin
    if (CEA) begin
      if (!WEA || WRITEMODE_A == "READBEFOREWRITE") a_q <= a_old;
      else if (WRITEMODE_A == "WRITETHROUGH") a_q <= (a_old & ~a_mask) | (a_data & a_mask);
    end
    if (CEB) begin
      if (!WEB || WRITEMODE_B == "READBEFOREWRITE") b_q <= b_old;
      else if (WRITEMODE_B == "WRITETHROUGH") b_q <= (b_old & ~b_mask) | (b_data & b_mask);
    end
    mem[ada[13:5]] = (mem[ada[13:5]] & ~(a_mask << a_low)) | ((a_data & a_mask) << a_low);
    mem[adb[13:5]] = (mem[adb[13:5]] & ~(b_mask << b_low)) | ((b_data & b_mask) << b_low);
  end

  always_ff @(posedge CLKB) begin
    assert (CLKA) else $error("DP16KD: ports with different clocks are not modelled");
  end

  // A read of 36 bits (port B) brings its lower half on port A's pins.
  logic [17:0] doa, dob;
  assign doa = (DATA_WIDTH_B == 36) ? b_q[17:0] : a_q[17:0];
  assign dob = (DATA_WIDTH_B == 36) ? b_q[35:18] : b_q[17:0];
  assign {
      DOA17, DOA16, DOA15, DOA14, DOA13, DOA12, DOA11, DOA10, DOA9, DOA8, DOA7, DOA6, DOA5, DOA4, DOA3,
      DOA2, DOA1, DOA0
  } = doa;
  assign {
      DOB17, DOB16, DOB15, DOB14, DOB13, DOB12, DOB11, DOB10, DOB9, DOB8, DOB7, DOB6, DOB5, DOB4, DOB3,
      DOB2, DOB1, DOB0
  } = dob;
endmodule
