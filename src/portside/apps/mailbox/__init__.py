"""A mailbox to look into: a page that shows mail as it arrives, the JSON API below it, and what tests call.

``serving.open_mailbox_page`` shows one; ``client.Mailbox`` asks one, from anywhere on this machine.
"""
