"""Mail handed on by SMTP, submitted by it, and delivered by LMTP (RFC 5321, RFC 6409, RFC 2033)."""
