// SPDX-License-Identifier: Apache-2.0
// The channels of the interconnect's port to memory as axi4_checker wants them.
package soc_checks_pkg;

  import axi_pkg::*;

  // The memory's ids have one bit more.
  typedef struct packed {
    logic [AxiIdWidth:0]        id;
    logic [AxiAddressWidth-1:0] address;
    logic [7:0]                 length;
  } shared_address_t;

  typedef struct packed {
    logic [AxiIdWidth:0]     id;
    logic [AxiDataWidth-1:0] data;
    axi_resp_e               resp;
    logic                    last;
  } shared_read_t;

  typedef struct packed {
    logic [AxiIdWidth:0] id;
    axi_resp_e           resp;
  } shared_response_t;

endpackage
