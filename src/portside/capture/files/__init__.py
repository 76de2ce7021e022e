"""Capture files: pcapng and classic pcap, read from whoever wrote them, and pcapng written."""
