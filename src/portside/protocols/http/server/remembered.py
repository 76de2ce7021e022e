"""An application in front of another that remembers its lasting answers to lasting requests."""

from __future__ import annotations

import time

from portside.protocols.http.messages import Request, Response
from portside.protocols.http.server.application import Answer, Application, Arrival

KEPT_FOR = 0.4
"""Seconds without asking again; with the folder's own half second, still below the promised one."""
ANSWERS = 2048
"""Answers remembered; as many as there may be lasting requests, and some."""


class Remembered:
    """Asks ``application`` once for each lasting request, and again after ``KEPT_FOR``.

    Right only where the answer follows from the request's head alone, so there is one of these for each address
    that the server is reached at.
    """

    def __init__(self, application: Application) -> None:
        self._application = application
        self._answers: dict[Request, tuple[float, Response]] = {}

    def __call__(self, request: Request, arrival: Arrival) -> Answer:
        if not request.lasting:
            return self._application(request, arrival)
        known = self._answers.get(request)
        now = time.monotonic()
        if known is not None and now < known[0]:
            return known[1]
        answer = self._application(request, arrival)
        if type(answer) is Response and answer.lasting:
            if len(self._answers) >= ANSWERS:
                self._answers.clear()
            self._answers[request] = (now + KEPT_FOR, answer)
        return answer
