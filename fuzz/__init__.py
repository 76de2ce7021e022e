"""What nobody should send, sent to every parser: `python -m fuzz [seconds]`.

Each module beside this one is a target. It opens with its invariant, and has ``SEEDS`` (good inputs), ``WORDS`` (what
is worth inserting) and ``check(data, dice)``, which raises ``AssertionError`` where the invariant does not hold; any
other exception, or a second of work for one input, breaks it too.
"""
