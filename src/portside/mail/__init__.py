"""What an e-mail is, apart from how it travels: envelopes, messages, signatures, and where they are kept."""
