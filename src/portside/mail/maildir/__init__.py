"""Where mail is kept: a Maildir behind a log, so that ``250`` means "on the disk", and an index to search it.

``store`` takes messages in (``MaildirStore``, the port of ``mail/storing.py``), ``mailbox`` shows them (``Mailbox``).
The two share nothing but the folder: a mailbox sees what other programs do in it as well.

::

    FOLDER/new cur tmp            the Maildir; or FOLDER/NAME@DOMAIN/new ... where each recipient has one
    FOLDER/.portside/lock         held by the server that writes here
                    /log/         what was acknowledged and may not be in the Maildir yet
                    /damaged/     what of a log could not be read, for a person to look at
                    /index.sqlite made of the Maildir, and again at any time
"""
