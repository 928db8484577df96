"""An address on the web in, whether a crawl may go there out: allowed hosts only, and nothing private."""

import ipaddress
from collections.abc import Collection
from urllib.parse import urlsplit

PORTS = {"http": 80, "https": 443}


def host_of(url: str) -> str:
    """The host as a spider's `hosts` names it: lower case, with the port unless it is the scheme's own.

    Empty when the address has none, or is malformed.
    """
    try:
        parts = urlsplit(url)
        name, port = (parts.hostname or "").rstrip("."), parts.port
        if not name.isascii():
            name = name.encode("idna").decode("ascii")
    except ValueError:
        return ""
    if ":" in name:
        name = f"[{name}]"
    return name if not name or port in (None, PORTS.get(parts.scheme)) else f"{name}:{port}"


def name_of(host: str) -> str:
    """The host without its port."""
    return host.rpartition(":")[0] if host.rpartition(":")[2].isdigit() else host


def is_private(address: str) -> bool:
    """Whether the IP address is anything but a public one: private, loopback, link-local, shared, reserved, multicast.

    An IPv4 address inside an IPv6 one (::ffff:10.0.0.1) counts as what it is.
    """
    found = ipaddress.ip_address(address.strip("[]").partition("%")[0])
    mapped = getattr(found, "ipv4_mapped", None)
    found = mapped or found
    return not found.is_global or found.is_multicast


def why_not(url: str, hosts: Collection[str]) -> str:
    """Why the crawl may not ask for the address; empty when it may, as far as the address itself tells."""
    scheme, _, rest = url.partition(":")
    if scheme.lower() not in PORTS:
        return f"{scheme if rest else 'no scheme'} is neither http nor https"
    host = host_of(url)
    if not host:
        return "the address is malformed"
    if "@" in urlsplit(url).netloc:
        return "the address carries a password"
    return "" if host in hosts else f"{host} is not among hosts"
