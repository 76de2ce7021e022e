"""A guest book for everybody: ``portside serve telnet guestbook:app``, and then ``telnet localhost 2323``."""

from portside.protocols.telnet.server import Visitor

book: list[str] = []


async def app(visitor: Visitor) -> None:
    """Called once for each visitor; the visit ends where this returns."""
    visitor.write(visitor.style("The guest book", "bold") + "\n")
    visitor.write("".join(f"  {line}\n" for line in book) or "  Nobody has been here yet.\n")
    name = await visitor.line("Your name: ", limit=20) or "somebody"
    async for line in visitor.lines("Your line (or nothing): ", limit=70):
        if not line:
            break
        book.append(f"{name}: {line}")
        del book[:-20]  # twenty lines are a page
    visitor.write("Come again!\n")
