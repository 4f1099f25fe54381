"""What rules about forms ask of their arguments: networks, schemes, versions."""

from __future__ import annotations

import ipaddress
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gridata_contracts.rule_call import Call  # which needs the rules, which need these relations

_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*")
UUID_VERSIONS = range(1, 9)


def ipv4_networks(call: Call) -> None:
    """Each is an IPv4 network, written `address/bits` with no bit set behind them."""
    for i, text in enumerate(call.given["networks"]):
        allowed, next_step = "an IPv4 network such as 10.0.0.0/8", ""
        try:
            if str(ipaddress.IPv4Network(text)) == text:
                continue
            next_step = "Write the number of bits behind a slash."
        except ipaddress.NetmaskValueError:
            next_step = "Use 0 to 32 bits."
        except ipaddress.AddressValueError:
            next_step = "Write four numbers up to 255."
        except ValueError:
            next_step = f"Did you mean {ipaddress.IPv4Network(text, strict=False)}?"
        call.problems.add(f"{call.at('networks')}[{i}]", text, allowed, next_step)


def url_schemes(call: Call) -> None:
    """Each is a scheme in small letters, without `://`."""
    for i, scheme in enumerate(call.given.get("schemes", ())):
        if _SCHEME.fullmatch(scheme) is None:
            call.problems.add(f"{call.at('schemes')}[{i}]", scheme, "a scheme in small letters, such as https")


def uuid_version(call: Call) -> None:
    """A version that RFC 9562 has."""
    if "version" in call.given and call.given["version"] not in UUID_VERSIONS:
        call.refuse("version", f"a version from {UUID_VERSIONS[0]} to {UUID_VERSIONS[-1]}")
