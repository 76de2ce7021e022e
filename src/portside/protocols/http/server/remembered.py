"""An application in front of another that remembers its lasting answers to lasting requests."""

from __future__ import annotations

import time
from collections.abc import Awaitable

from portside.protocols.http.messages import Request, Response
from portside.protocols.http.server.application import Answer, Application, Arrival

KEPT_FOR = 0.4
"""Seconds without asking again; with the folder's own half second, still below the promised one."""
ANSWERS = 2048
"""Answers remembered; as many as there may be lasting requests, and some."""


_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


class Remembered:
    """Asks ``application`` once for each lasting request, and again after ``KEPT_FOR``.

    Right only where the answer follows from the request's head alone, so there is one of these for each address
    that the server is reached at.
    """

    def __init__(self, application: Application) -> None:
        self._application = application
        self._answers: dict[Request, tuple[float, Response]] = {}

    def __call__(self, request: Request, arrival: Arrival) -> Answer:
        now = 0.0
        if request.lasting:
            known = self._answers.get(request)
            now = time.monotonic()
            if known is not None and now < known[0]:
                return known[1]
        answer = self._application(request, arrival)
        if type(answer) is Response:
            if answer.lasting and request.lasting:
                self._remember(request, answer, now)
            return answer
        return answer if request.method in _SAFE else self._forget_after(answer)  # type: ignore[arg-type]

    def _remember(self, request: Request, answer: Response, now: float) -> None:
        if len(self._answers) >= ANSWERS:
            self._answers.clear()
        self._answers[request] = (now + KEPT_FOR, answer)

    async def _forget_after(self, answer: Awaitable[Response]) -> Response:
        """Who has written something reads it from then on."""
        try:
            return await answer
        finally:
            self._answers.clear()
