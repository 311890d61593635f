# SPDX-License-Identifier: Apache-2.0
list(APPEND links ${GRADCORE_LIBZIP})
