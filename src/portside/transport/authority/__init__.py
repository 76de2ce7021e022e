"""A local certificate authority, made on first use.

- ``folder``: where it lives, and files that are private and whole from their first byte
- ``names``: which names a certificate may carry
- ``certificates``: what stands in the authority's and the server's certificates
- ``local``: the authority itself, and the certificates it issues
- ``stores``: how browsers and the system come to trust it
"""
