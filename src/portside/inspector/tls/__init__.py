"""TLS as somebody sees it who only watches: records, handshakes, and what is within where the keys are known."""

from portside.inspector.tls.fields import fields, plain_fields
from portside.inspector.tls.keys import KeyLog
from portside.inspector.tls.opening import HEADER
from portside.inspector.tls.records import Record, TlsReader, recognises

__all__ = ["HEADER", "KeyLog", "Record", "TlsReader", "fields", "plain_fields", "recognises"]
