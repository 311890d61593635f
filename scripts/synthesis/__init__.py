# SPDX-License-Identifier: Apache-2.0
"""Area and clock of the core on an ECP5; scripts/synth is the program."""
