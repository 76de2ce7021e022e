"""Signatures of domains on messages: made, and checked (RFC 6376, RFC 8301, RFC 8463)."""

from portside.mail.dkim.keys import Signer, load_signer, public_record
from portside.mail.dkim.signing import sign
from portside.mail.dkim.verifying import Finding, Result, verify

__all__ = ["Finding", "Result", "Signer", "load_signer", "public_record", "sign", "verify"]
