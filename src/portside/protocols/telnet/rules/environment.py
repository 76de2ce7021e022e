"""Environment variables (RFC 1572): what is asked for is answered at once, and never more than what is given to us."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from portside.errors import RemoteError
from portside.interfaces import NOTHING, Heard, Output, Outputs
from portside.protocols.telnet.messages import AskEnvironment, Environment, EnvironmentWanted, Option, Party, Variable
from portside.protocols.telnet.rules.standing import Standing
from portside.protocols.telnet.syntax.environment import INFO, IS, SEND, parse_variables, serialise_variables

_Key = tuple[str, bool]


def _keyed(variables: Iterable[Variable]) -> dict[_Key, Variable]:
    return {(variable.name, variable.user): variable for variable in variables}


class EnvironmentTopic:
    """See ``standing.Topic``."""

    __slots__ = ("_ours", "_standing")

    def __init__(self, standing: Standing) -> None:
        self._standing = standing
        self._ours = _keyed(standing.policy.environment)

    def changed(self, option: Option, party: Party, *, on: bool) -> Sequence[Output]:
        return NOTHING

    def heard(self, option: Option, payload: bytes) -> Sequence[Output]:
        kind = payload[:1]
        if kind == SEND:
            self._standing.expect(option, Party.US)
            wanted = parse_variables(payload)
            return [self._tell(IS, self._answer(wanted)), Heard(EnvironmentWanted(wanted))]
        if kind not in (IS, INFO):
            raise RemoteError("variables are told or asked for")
        self._standing.expect(option, Party.THEM)
        return [Heard(Environment(parse_variables(payload), kind == INFO))]

    def _answer(self, wanted: Sequence[Variable]) -> list[Variable]:
        """Each that is wanted, in that order, once; one that we do not have is told to have no value (RFC 1572 §2).

        Servers do not agree on which names are well-known: a variable of the other kind is told as the one asked for.
        """
        if not wanted:
            return list(self._ours.values())
        found: dict[_Key, Variable] = {}
        for variable in wanted:
            if variable.name:
                key, other = (variable.name, variable.user), (variable.name, not variable.user)
                ours = self._ours.get(key) or self._ours.get(other)
                found[key] = Variable(variable.name, ours.value if ours else None, variable.user)
            else:
                found.update({key: ours for key, ours in self._ours.items() if ours.user is variable.user})
        return list(found.values())

    def _tell(self, kind: bytes, variables: Iterable[Variable]) -> Output:
        return self._standing.tell(Option.NEW_ENVIRON, kind + serialise_variables(variables))

    # ------------------------------------------------------------------------------------------- our side says

    def ask(self, message: AskEnvironment) -> Outputs:
        self._standing.need(Option.NEW_ENVIRON, Party.THEM)
        names = [Variable(variable.name, None, variable.user) for variable in message.variables]
        return [self._tell(SEND, names)]

    def say(self, message: Environment) -> Outputs:
        before, self._ours = self._ours, _keyed(message.variables)
        if not self._standing.options.on(Option.NEW_ENVIRON, Party.US):
            return NOTHING
        gone = [Variable(name, None, user) for name, user in before if (name, user) not in self._ours]
        new = [variable for key, variable in self._ours.items() if before.get(key) != variable]
        return [self._tell(INFO, [*new, *gone])] if new or gone else NOTHING
