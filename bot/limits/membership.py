"""Who may use the bot: whom the configuration names, and whom the owners have let in or shut out since."""

from collections.abc import Iterable

from bot.domain.member import Member, MemberRows


class Members:
    """All of whom somebody has said something. With nobody named the bot is open to all."""

    def __init__(
        self, owners: frozenset[int], allowed: frozenset[int], rows: MemberRows, known: Iterable[Member] = ()
    ) -> None:
        self.owners = owners
        self._allowed = allowed  # users and chats that the configuration names
        self._rows = rows
        self.reload(known)

    def get(self, user_or_chat: int) -> Member | None:
        """What the owners have said of this id by command."""
        return self._known.get(user_or_chat)

    def admits(self, user_id: int, chat_id: int) -> bool:
        """Owners always; nobody who was shut out, and nobody where the chat was."""
        if user_id in self.owners:
            return True
        said = [self._known[number].allowed for number in (user_id, chat_id) if number in self._known]
        if not all(said):
            return False
        named = self.owners | self._allowed
        return bool(said) or not named or user_id in self._allowed or chat_id in self._allowed

    def reload(self, known: Iterable[Member]) -> None:
        """What is stored has been changed by somebody else."""
        self._known = {member.id: member for member in known}

    async def save(self, member: Member) -> None:
        """From now on, in the place of what was said of that id before. Owners stay what they are: ValueError."""
        if member.id in self.owners:
            raise ValueError("owners are named in the configuration alone")
        await self._rows.save(member)
        self._known[member.id] = member
