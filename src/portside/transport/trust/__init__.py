"""Whom TLS trusts: contexts for both sides, and what to tell a person where trust fails."""

from portside.transport.trust.contexts import client_context, server_context
from portside.transport.trust.failures import explain_failure

__all__ = ["client_context", "explain_failure", "server_context"]
