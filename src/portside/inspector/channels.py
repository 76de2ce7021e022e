"""What two ends say over one stream of bytes: recognised by its first words, read by the protocol's ``explain`` room.

A channel is a TCP connection's bytes, or what TLS carries within them. It holds the first bytes until they tell which
protocol it is (``Recognising``), and then hands everything to one who can read it: ``Spoken`` for what has an explain
room (or none: turns), ``Secured`` for TLS. Where the reader says that the two have switched to something else
(CONNECT, STARTTLS, Upgrade), a further channel begins at that byte, on the same carriers.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from portside.inspector import tls
from portside.inspector.conversations import Conversation, Message
from portside.inspector.hiding import Hiding
from portside.inspector.rooms import confirmed, expected_at, recognised, rooms
from portside.inspector.rows import Rows
from portside.inspector.strands import NOWHERE, Carriers, Strand
from portside.inspector.turns import TurnMask, TurnReader
from portside.interfaces import Role
from portside.protocols.explaining import Expected, Explainer, ExplainRoom, Said, Switch
from portside.protocols.http.explain.http2 import PREFACE

if TYPE_CHECKING:
    from portside.inspector.secured import Secured

ENOUGH = 8
"""Bytes of a first word by which every protocol is recognised, if it ever is; fewer may become anything."""
ASKED = 1024
"""Requests of one conversation that are remembered for their answers; nobody pipelines more."""
SWITCHES = 8
"""Times that one conversation may become another one; a hostile capture would nest without end."""
BOTH = (Role.CLIENT, Role.SERVER)
BothCarriers = dict[Role, Carriers]


@dataclass(frozen=True, slots=True)
class Second:
    """A further connection of a conversation, which ``protocol`` has announced."""

    protocol: str
    expected: Expected


def _ignore(_: Second) -> None:
    """Nobody looks out for further connections."""


@dataclass(slots=True)
class Desk:
    """What all channels of one connection share.

    ``second``: this connection is the one that an earlier one of its conversation has announced. ``expect`` is told of
    those that are announced here.
    """

    rows: Rows
    conversation: Conversation
    keys: tls.KeyLog
    show_secrets: bool
    port: int
    datagrams: bool = False
    second: Second | None = None
    expect: Callable[[Second], None] = _ignore

    def speaks(self, protocol: str) -> None:
        """One more protocol was recognised in this conversation."""
        if protocol not in self.conversation.protocols:
            self.conversation.protocols += (protocol,)
            if protocol != self.conversation.transport:
                self.rows.speaks(protocol)


class Channel:
    """One stream in both directions, in order."""

    __slots__ = ("_carriers", "_desk", "_expected", "_held", "_inside", "_last", "_next", "_speech", "_switches")

    def __init__(
        self, desk: Desk, carriers: BothCarriers, inside: tuple[str, ...], expected: str = "", switches: int = 0
    ) -> None:
        self._desk = desk
        self._carriers = carriers
        self._inside = inside
        self._expected = expected
        self._switches = switches
        self._held: list[tuple[Role, bytes, int, int]] = []
        self._last: Role | None = None
        self._speech: Spoken | Secured | None = None
        self._next: Channel | None = None

    def add(self, role: Role, data: bytes, carrier: int, at: int) -> None:
        """The next bytes of ``role``; they lie in ``carrier`` from its byte ``at`` on."""
        if self._next is not None:
            self._next.add(role, data, carrier, at)
            return
        speech = self._speech
        if speech is None:
            self._hold(role, data, carrier, at)
            return
        if speech.name == "" and role is not self._last and self._recognised_late(role, data):
            assert self._next is not None
            self._next.add(role, data, carrier, at)
            return
        self._last = role
        if speech.add(role, data, carrier, at):
            switch = speech.switch
            if switch is not None:
                self._follow(speech, switch)

    def miss(self, role: Role, count: int) -> None:
        """The next ``count`` bytes of ``role`` were not captured."""
        speech = self._decide()
        if self._next is not None:
            self._next.miss(role, count)
        else:
            speech.miss(role, count)

    def end(self, role: Role) -> None:
        """``role`` sends nothing more."""
        if self._speech is None and not self._held:
            return
        speech = self._decide()
        if self._next is not None:
            self._next.end(role)
        else:
            speech.end(role)

    def strands(self, role: Role) -> list[Strand]:
        """This direction's strands: one for each protocol that was spoken in turn."""
        own = [] if self._speech is None else [self._speech.strands[role]]
        return own if self._next is None else own + self._next.strands(role)

    # ------------------------------------------------------------------------------------- recognising

    def _hold(self, role: Role, data: bytes, carrier: int, at: int) -> None:
        self._held.append((role, data, carrier, at))
        both_spoke = any(held[0] is not role for held in self._held)
        if both_spoke or self._desk.datagrams or sum(len(held[1]) for held in self._held) >= ENOUGH:
            self._decide()

    def _decide(self) -> Spoken | Secured:
        """Who reads this channel, chosen by the bytes held so far, which are handed over."""
        if self._speech is None:
            self._speech = self._choose()
            held, self._held = self._held, []
            for piece in held:
                self.add(*piece)
        return self._speech

    def _choose(self) -> Spoken | Secured:
        name = self._expected
        second = self._desk.second is not None
        for role in BOTH:
            first = b"".join(data for who, data, _, _ in self._held if who is role)
            if not first:
                continue
            if not self._desk.datagrams and tls.recognises(first) and "TLS" not in self._inside:
                return self._secured(name)
            known = "" if second else confirmed(self._desk.port, role, first) or recognised(role, first)
            if known:
                return self._spoken(known)
            if not second and role is Role.CLIENT and first[:ENOUGH] == PREFACE[:ENOUGH] and not self._desk.datagrams:
                return self._spoken("")  # HTTP/2, whatever is usually spoken at this port
        return self._spoken(name or expected_at(self._desk.port))

    def _spoken(self, name: str) -> Spoken:
        return Spoken(self._desk, self._carriers, self._inside, name, rooms().get(name))

    def _secured(self, inside: str) -> Secured:
        from portside.inspector.secured import Secured  # it has a channel in itself

        return Secured(self._desk, self._carriers, self._inside, inside)

    def _recognised_late(self, role: Role, data: bytes) -> bool:
        """A capture may begin in the middle of a conversation: each turn may be the first that we understand."""
        assert self._speech is not None
        if self._switches >= SWITCHES or self._desk.datagrams:
            return False
        name = recognised(role, data)
        if not name and not (tls.recognises(data) and "TLS" not in self._inside):
            return False
        self._begin_next(name)
        return True

    def _follow(self, speech: Spoken | Secured, switch: Switch) -> None:
        """Hand what lies beyond the switch to another channel."""
        if self._switches >= SWITCHES:
            return
        following = self._begin_next(switch.inside if switch.to == "tls" else switch.to)
        for role, start in ((Role.CLIENT, switch.client), (Role.SERVER, switch.server)):
            strand = speech.strands[role]
            for piece in list(strand.stretches(start, strand.size)):
                if piece.carrier == NOWHERE:
                    following.miss(role, piece.stop - piece.start)
                else:
                    data = self._carriers[role].part(piece.carrier, piece.at, piece.stop - piece.start)
                    following.add(role, data, piece.carrier, piece.at)

    def _begin_next(self, expected: str) -> Channel:
        self._next = Channel(self._desk, self._carriers, self._inside, expected, self._switches + 1)
        return self._next


class Spoken:
    """A protocol with an explain room; without one (``room`` is None) each turn is a message."""

    def __init__(
        self, desk: Desk, carriers: BothCarriers, inside: tuple[str, ...], name: str, room: ExplainRoom | None
    ) -> None:
        self._desk = desk
        self.carriers = carriers
        second = desk.second if room is not None else None
        if second is not None:
            self._reader: Explainer = second.expected.reader()
        else:
            self._reader = (TurnReader if room is None else room.reader)(datagrams=desk.datagrams)
        self._growing: list[tuple[Said, Message]] = []
        self._asked: dict[Said, Message] = {}
        self.name = name
        self.room = room
        self.inside = inside
        self.protocol = name.upper() if name else inside[-1]
        mask = (
            partial(TurnMask, datagrams=desk.datagrams)
            if room is None
            else second.expected.mask
            if second
            else room.mask
        )
        self._hiding = None if desk.show_secrets else Hiding(mask)
        self.strands = {role: Strand(carriers[role], role, self._hiding) for role in BOTH}
        desk.speaks(self.protocol)

    @property
    def switch(self) -> Switch | None:
        """Where the conversation has become another one."""
        return self._reader.switch

    def add(self, role: Role, data: bytes, carrier: int, at: int) -> bool:
        """As ``Channel.add``; whether a message begins there: what makes a switch is one."""
        strand = self.strands[role]
        begins = strand.size
        strand.add(carrier, at, len(data))
        found = self._reader.read(role, data)
        if self._growing:
            self._refresh(role, self.carriers[role].packets(carrier))
        if found:
            self._begin(found, begins, carrier)
            for expected in self._reader.expected:
                self._desk.expect(Second(self.name, expected))
        hiding = self._hiding
        if hiding is not None and len(hiding.order) >= hiding.due:
            begin = self._reader.mask_from_here()
            if begin is not None:
                hiding.mark(begin)
        return bool(found)

    def miss(self, role: Role, count: int) -> None:
        """As ``Channel.miss``."""
        self.strands[role].miss(count)
        found = self._reader.missed(role, count)
        self._refresh(role, ())
        self._begin(found)

    def end(self, role: Role) -> None:
        """As ``Channel.end``."""
        found = self._reader.ended(role)
        self._refresh(role, ())
        self._begin(found)

    def _begin(self, found: Sequence[Said], begins: int = -1, carrier: int = NOWHERE) -> None:
        """Rows for what was found; ``carrier`` has brought all from byte ``begins`` on."""
        desk = self._desk
        for said in found:
            if 0 <= begins <= said.start:
                packets = self.carriers[said.role].packets(carrier)
            else:
                packets = self.strands[said.role].packets(said.start, max(said.stop, said.start + 1))
            message = desk.rows.add(desk.conversation, self.protocol, self.inside, said, packets, (self, said))
            if said.answers is not None:
                message.answers = self._asked.get(said.answers)
            elif len(self._asked) >= ASKED:
                del self._asked[next(iter(self._asked))]
                self._asked[said] = message
            else:
                self._asked[said] = message
            if self._growing:  # whoever begins a message adds nothing to an older one
                self._growing = [pair for pair in self._growing if pair[0].role is not said.role]
            if not said.complete:
                self._growing.append((said, message))
            host = said.facts.get("host")
            if host and not desk.conversation.name:
                desk.conversation.name = str(host)

    def _refresh(self, role: Role, more: Sequence[int]) -> None:
        """Bring the rows of messages that still grow up to what their reader knows by now."""
        done = False
        for said, message in self._growing:
            if said.role is role and said.stop - said.start != message.size:
                self._desk.rows.grow(message, said, more)
            message.title = said.title  # it may tell how much there is by now
            message.complete, message.notes, message.facts = said.complete, said.notes, said.facts
            done = done or said.complete
        if done:
            self._growing = [pair for pair in self._growing if not pair[0].complete]
            self._desk.rows.changed = True
