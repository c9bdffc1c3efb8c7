# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Has the kernel drop packets that would not survive another network hop."""

from __future__ import annotations

import socket

# Linux's numbers; the socket module has no names for them.
IP_MINTTL, IPV6_MINHOPCOUNT = 21, 73


def drop_below(sock: socket.socket, ttl: int) -> None:
    """Drops all packets for the socket that arrive with fewer hops left.  Raises OSError if the kernel can't."""
    is_ipv6 = sock.family == socket.AF_INET6
    sock.setsockopt(socket.IPPROTO_IPV6 if is_ipv6 else socket.IPPROTO_IP, IPV6_MINHOPCOUNT if is_ipv6 else IP_MINTTL, ttl)
