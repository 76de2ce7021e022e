"""Whether a host may send for a domain, as the domain publishes it (SPF, RFC 7208)."""

from portside.mail.spf.checking import Finding, Result, check, check_host

__all__ = ["Finding", "Result", "check", "check_host"]
