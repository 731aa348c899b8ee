"""Conversations: one tree of questions, answers and summaries per person, chat and topic."""

import sqlite3
from collections.abc import Sequence
from dataclasses import astuple, replace
from functools import partial

from sqlite_utils.db import Database as Connection

from bot.store.database import Database
from bot.store.deliveries import Part, attempt_answer, inherit_messages
from bot.store.quotas import Purse, Spent, refund, spend
from bot.store.quotas import QuotaReached as QuotaReached
from bot.store.turns import Located as Located
from bot.store.turns import NewQuestion as NewQuestion
from bot.store.turns import Node as Node
from bot.store.turns import Outcome as Outcome
from bot.store.turns import Scope as Scope
from bot.store.turns import Turn as Turn


class ConversationRepository:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def begin(self, question: NewQuestion, at: float, purse: Purse) -> Turn | None:
        """Store the question with an open answer, or give the turn as it stands where it was begun before.

        None: it says the same as the question that it would replace, which has its answer; nothing was stored.
        ``purse``: what the question counts against.
        Raises :class:`QuotaReached`, and LookupError where ``parent_id`` or ``replaces`` is not of this conversation.
        """
        return await self._database.run(partial(_begin, question, at, purse), ignores_deferred=True)

    async def repeat(self, turn: str, scope: Scope, at: float, purse: Purse) -> Turn | None:
        """Open another answer to the newest question; None where there is none. Raises :class:`QuotaReached`."""
        return await self._database.run(partial(_repeat, turn, scope, at, purse))

    async def path(self, question_id: int) -> list[Node]:
        """From the newest summary on the way (or the first question) to the question; the newest last.

        Answers that never came are left out.
        """
        return await self._database.run(partial(_path, question_id))

    async def finish(self, turn: Turn, outcome: Outcome) -> list[Part]:
        """Store the answer before it is shown; the messages that are there to show it.

        It survives the end of the process at once, a power failure from the mark on that the update is done.
        Where there is no message, its first part is marked as attempted in the same transaction. The next question
        goes on from the answer, unless a fresh start was made in between.
        """
        return await self._database.run(partial(_finish, turn, outcome), ignores_deferred=True)

    async def fail(self, turn: Turn) -> None:
        """The answer will not come; the question no longer counts. Of no effect where the turn has ended already."""
        await self._database.run(partial(_fail, turn))

    async def abandon(self, turn: str) -> None:
        """As :meth:`fail`, for the turn of an update that is set aside; of no effect where it began none."""
        await self._database.run(partial(_abandon, turn))

    async def start_afresh(self, scope: Scope) -> bool:
        """The next question begins a new tree; False where nothing was asked since the last fresh start."""
        return await self._database.run(partial(_start_afresh, scope))

    async def locate(self, chat_id: int, message_id: int) -> Located | None:
        """The newest question or answer that the message shows."""
        return await self._database.run(partial(_locate, chat_id, message_id))

    async def summarise(self, scope: Scope, upto: int, text: str, tokens: int, at: float) -> None:
        """Let ``text`` stand for everything up to and with the answer ``upto``."""
        await self._database.run(partial(_summarise, scope, upto, text, tokens, at))


def _begin(question: NewQuestion, at: float, purse: Purse, db: Connection) -> Turn | None:
    if (known := _known(question.turn, question.scope, db)) is not None:
        return known
    conversation, parent, _ = _conversation(question.scope, db)
    if question.replaces is not None:
        parent, replaced_text = _own(question.replaces, conversation, db)
        if replaced_text == question.text and _is_answered(question.replaces, db):
            return None
    elif question.parent_id is not None:
        _own(question.parent_id, conversation, db)
        parent = question.parent_id
    asked = (question.text, question.tokens, at)
    question_id = _insert(
        db,
        "conversation_id, parent_id, kind, state, chat_id, message_id, text, tokens, at",
        (*(conversation, parent, "question", "done", question.scope.chat_id, question.message_id), *asked),
    )
    turn = _open_answer(question.turn, question.scope, conversation, question_id, at, purse, db)
    if question.replaces is not None:
        _inherit_messages(question.replaces, turn, db)
        turn = replace(turn, has_past=True)
    return replace(turn, path=tuple(_path(question_id, db)))


def _repeat(turn: str, scope: Scope, at: float, purse: Purse, db: Connection) -> Turn | None:
    if (known := _known(turn, scope, db)) is not None:
        return known
    conversation, _, left_behind = _conversation(scope, db)
    newest = db.execute(
        "SELECT max(id) FROM nodes WHERE conversation_id = ? AND kind = 'question' AND id > ?",
        (conversation, left_behind),
    ).fetchone()[0]
    if newest is None:
        return None
    return _open_answer(turn, scope, conversation, newest, at, purse, db)


def _known(turn: str, scope: Scope, db: Connection) -> Turn | None:
    row = db.execute("SELECT parent_id, id, state, text, thinking, model FROM nodes WHERE turn = ?", (turn,)).fetchone()
    return replace(Turn(scope, *row), has_past=True) if row else None


def _conversation(scope: Scope, db: Connection) -> tuple[int, int | None, int]:
    """Its id, its tip, and the newest answer before the last fresh start (0: there was none)."""
    key = (scope.chat_id, scope.topic_id, scope.user_id)
    row = db.execute(
        "SELECT id, tip, left_behind FROM conversations WHERE chat_id = ? AND topic_id = ? AND user_id = ?", key
    ).fetchone()
    if row is not None:
        return row[0], row[1], row[2]
    cursor = db.execute("INSERT INTO conversations (chat_id, topic_id, user_id) VALUES (?, ?, ?)", key)
    return _new_id(cursor), None, 0


def _own(node: int, conversation: int, db: Connection) -> tuple[int | None, str]:
    """The parent and the text of a node of this conversation; one of another never gets into its context."""
    row = db.execute(
        "SELECT parent_id, text FROM nodes WHERE id = ? AND conversation_id = ?", (node, conversation)
    ).fetchone()
    if row is None:
        raise LookupError(f"conversation {conversation} has no node {node}")
    return row[0], row[1]


def _is_answered(question: int, db: Connection) -> bool:
    sql = "SELECT 1 FROM nodes WHERE parent_id = ? AND kind = 'answer' AND state IN ('done', 'cut')"
    return db.execute(sql, (question,)).fetchone() is not None


def _open_answer(
    turn: str, scope: Scope, conversation: int, question_id: int, at: float, purse: Purse, db: Connection
) -> Turn:
    """With the question counted, in the one transaction."""
    spend(purse, Spent(questions=1), at, db)
    answer_id = _insert(
        db,
        "conversation_id, parent_id, kind, state, turn, counted, at",
        (conversation, question_id, "answer", "open", turn, purse.subject, at),
    )
    return Turn(scope, question_id, answer_id)


def _inherit_messages(replaced_question: int, turn: Turn, db: Connection) -> None:
    """The messages of the newest answer to the replaced question will show the new answer."""
    newest = "SELECT max(id) FROM nodes WHERE parent_id = ? AND kind = 'answer'"
    inherit_messages(db.execute(newest, (replaced_question,)).fetchone()[0], turn.answer_id, turn.scope.chat_id, db)


_PATH = """
WITH RECURSIVE path (id, parent_id, kind, state, text, tokens, depth) AS (
    SELECT id, parent_id, kind, state, text, tokens, 0 FROM nodes WHERE id = ?
    UNION ALL
    SELECT up.id, up.parent_id, up.kind, up.state, up.text, up.tokens, depth + 1
    FROM path JOIN nodes AS up ON up.id = path.parent_id
    WHERE NOT EXISTS (SELECT 1 FROM nodes AS summary WHERE summary.parent_id = path.id AND summary.kind = 'summary')
)
SELECT id, parent_id, kind, text, tokens FROM path
WHERE kind != 'answer' OR state IN ('done', 'cut') ORDER BY depth DESC
"""


def _path(question_id: int, db: Connection) -> list[Node]:
    nodes = [Node(*row) for row in db.execute(_PATH, (question_id,))]
    summary = db.execute(
        "SELECT id, parent_id, kind, text, tokens FROM nodes WHERE parent_id = ? AND kind = 'summary'"
        " ORDER BY id DESC LIMIT 1",
        (nodes[0].id,),
    ).fetchone()
    return [Node(*summary), *nodes[1:]] if summary else nodes


def _finish(turn: Turn, outcome: Outcome, db: Connection) -> list[Part]:
    db.execute(
        "UPDATE nodes SET state = ?, text = ?, thinking = ?, model = ?, tokens = ?, prompt_tokens = ?,"
        " cached_tokens = ?, output_tokens = ? WHERE id = ?",
        (*astuple(outcome), turn.answer_id),
    )
    db.execute(
        "UPDATE conversations SET tip = ?1 WHERE id = (SELECT conversation_id FROM nodes WHERE id = ?1)"
        " AND left_behind < ?1",
        (turn.answer_id,),
    )
    return attempt_answer(turn.answer_id, turn.scope.chat_id, db)


def _fail(turn: Turn, db: Connection) -> None:
    sql = "UPDATE nodes SET state = 'failed' WHERE id = ? AND state = 'open' RETURNING counted, at"
    _refund(db.execute(sql, (turn.answer_id,)), db)


def _abandon(turn: str, db: Connection) -> None:
    sql = "UPDATE nodes SET state = 'failed' WHERE turn = ? AND state = 'open' RETURNING counted, at"
    _refund(db.execute(sql, (turn,)), db)


def _refund(failed: sqlite3.Cursor, db: Connection) -> None:
    """Of the questions that will get no answer: whom they counted for, and when."""
    for subject, at in failed.fetchall():
        refund(subject, Spent(questions=1), at, db)


def _start_afresh(scope: Scope, db: Connection) -> bool:
    conversation, _, left_behind = _conversation(scope, db)
    newest = db.execute(
        "SELECT max(id) FROM nodes WHERE conversation_id = ? AND kind = 'answer' AND id > ?",
        (conversation, left_behind),
    ).fetchone()[0]
    if newest is None:
        return False
    db.execute("UPDATE conversations SET tip = NULL, left_behind = ? WHERE id = ?", (newest, conversation))
    return True


def _locate(chat_id: int, message_id: int, db: Connection) -> Located | None:
    row = db.execute(
        "SELECT nodes.id, parent_id, kind, text, tokens, conversations.chat_id, topic_id, user_id"
        " FROM nodes JOIN conversations ON conversations.id = conversation_id WHERE nodes.id ="
        " (SELECT max(id) FROM (SELECT id FROM nodes WHERE chat_id = ? AND message_id = ?"
        " UNION ALL SELECT answer_id FROM delivery_records AS shown JOIN deliveries ON deliveries.id = delivery_id"
        " WHERE shown.chat_id = ? AND message_id = ?))",
        (chat_id, message_id, chat_id, message_id),
    ).fetchone()
    return Located(Node(*row[:5]), Scope(*row[5:])) if row else None


def _summarise(scope: Scope, upto: int, text: str, tokens: int, at: float, db: Connection) -> None:
    conversation, _, _ = _conversation(scope, db)
    _insert(
        db,
        "conversation_id, parent_id, kind, state, text, tokens, at",
        (conversation, upto, "summary", "done", text, tokens, at),
    )


def _insert(db: Connection, columns: str, values: Sequence[object]) -> int:
    marks = ", ".join("?" * len(values))
    cursor = db.execute(f"INSERT INTO nodes ({columns}) VALUES ({marks})", values)  # noqa: S608 - constant columns
    return _new_id(cursor)


def _new_id(cursor: sqlite3.Cursor) -> int:
    return int(cursor.lastrowid or 0)  # only a cursor that inserted nothing has none
