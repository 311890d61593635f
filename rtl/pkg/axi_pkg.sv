// SPDX-License-Identifier: Apache-2.0
// The channels of the AXI4 port to DRAM (ARM IHI 0022) as far as this chip varies them: bursts are
// incrementing, of full beats, at addresses that are multiples of a beat, and end within 4 KiB.
package axi_pkg;

  localparam int unsigned AxiDataWidth = 128;
  localparam int unsigned AxiBytes = AxiDataWidth / 8;
  localparam int unsigned AxiAddressWidth = 64;
  localparam int unsigned AxiIdWidth = 2;

  typedef enum logic [1:0] {
    AxiOkay   = 2'd0,
    AxiExOkay = 2'd1,
    AxiSlvErr = 2'd2,
    AxiDecErr = 2'd3
  } axi_resp_e;

  // Who reads. Answers to one of them come in the order of its requests.
  localparam logic [AxiIdWidth-1:0] AxiIdFetch = 0;
  localparam logic [AxiIdWidth-1:0] AxiIdLoad = 1;
  localparam logic [AxiIdWidth-1:0] AxiIdStore = 2;

  typedef struct packed {
    logic [AxiIdWidth-1:0]      id;
    logic [AxiAddressWidth-1:0] address;
    logic [7:0]                 length;  // beats - 1
  } axi_address_t;  // AR and AW

  typedef struct packed {
    logic [AxiIdWidth-1:0]   id;
    logic [AxiDataWidth-1:0] data;
    axi_resp_e               resp;
    logic                    last;
  } axi_read_t;  // R

  typedef struct packed {
    logic [AxiDataWidth-1:0] data;
    logic [AxiBytes-1:0]     strobe;
    logic                    last;
  } axi_write_t;  // W

  typedef struct packed {
    logic [AxiIdWidth-1:0] id;
    axi_resp_e             resp;
  } axi_response_t;  // B

  // The registers' port, AXI4-Lite with 32 bits: W, and R.
  typedef struct packed {
    logic [31:0] data;
    logic [3:0]  strobe;
  } axi_lite_write_t;

  typedef struct packed {
    logic [31:0] data;
    axi_resp_e   resp;
  } axi_lite_read_t;

endpackage
