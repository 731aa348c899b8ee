"""Conversations: one tree of questions, answers and summaries per person, chat and topic."""

import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import replace
from operator import itemgetter
from typing import Final

from sqlite_utils.db import Database as Connection

from bot.domain.conversation import AnswerOutcome, ConversationKey, Exchange, Located, NewQuestion, Node
from bot.domain.delivery import DeliveryRecord
from bot.domain.message import MessagePart, TextPart
from bot.domain.quota import Budget, Usage
from bot.store.deliveries import attempt_answer, inherit_messages
from bot.store.message_parts import Row, as_kept, insert_parts, parts_of
from bot.store.quotas import refund, spend
from bot.store.repository import Repository, transaction


class SqliteConversationRepository(Repository):
    """As of :class:`bot.domain.conversation.ConversationRepository`."""

    @transaction(ignores_deferred=True)
    def begin(self, db: Connection, question: NewQuestion, at: float, budget: Budget) -> Exchange | None:
        if (known := _known(question.idempotency_key, question.conversation, db)) is not None:
            return known
        conversation_id, parent, _ = _conversation(question.conversation, db)
        if question.replaces is not None:
            parent = _parent_of_own(question.replaces, conversation_id, db)
            if _says_the_same(question, db):
                return None
        elif question.parent_id is not None:
            _parent_of_own(question.parent_id, conversation_id, db)
            parent = question.parent_id
        question_id = _insert_question(question, conversation_id, parent, at, db)
        exchange = _open_answer(
            question.idempotency_key, question.conversation, conversation_id, question_id, at, budget, db
        )
        if question.replaces is not None:
            _inherit_messages(question.replaces, exchange, db)
        path = () if parent is None else _path(parent, db)
        node = Node(question_id, parent, "question", question.parts, question.tokens)
        return replace(exchange, has_past=question.replaces is not None, path=(*path, node))

    @transaction
    def repeat(
        self, db: Connection, idempotency_key: str, conversation: ConversationKey, at: float, budget: Budget
    ) -> Exchange | None:
        if (known := _known(idempotency_key, conversation, db)) is not None:
            return known
        conversation_id, _, reset_after_id = _conversation(conversation, db)
        newest = db.execute(
            "SELECT max(id) FROM nodes WHERE conversation_id = ? AND kind = 'question' AND id > ?",
            (conversation_id, reset_after_id),
        ).fetchone()[0]
        if newest is None:
            return None
        return _open_answer(idempotency_key, conversation, conversation_id, newest, at, budget, db)

    @transaction
    def path(self, db: Connection, node_id: int) -> list[Node]:
        return _path(node_id, db)

    @transaction(ignores_deferred=True)
    def finish(self, db: Connection, exchange: Exchange, outcome: AnswerOutcome) -> list[DeliveryRecord]:
        answer = exchange.answer_id
        updated = db.execute(
            "UPDATE nodes SET state = ?, thinking = ?, model = ?, tokens = ?, prompt_tokens = ?, cached_tokens = ?,"
            " output_tokens = ? WHERE id = ?",
            (
                *(outcome.state, outcome.thinking, outcome.model, outcome.tokens),
                *(outcome.prompt_tokens, outcome.cached_tokens, outcome.output_tokens, answer),
            ),
        )
        if not updated.rowcount:
            return []  # it was erased meanwhile
        db.execute("DELETE FROM message_parts WHERE node_id = ?", (answer,))
        insert_parts(answer, outcome.parts, db)
        db.execute(
            "UPDATE conversations SET head_id = ?1 WHERE id = (SELECT conversation_id FROM nodes WHERE id = ?1)"
            " AND reset_after_id < ?1",
            (answer,),
        )
        return attempt_answer(answer, exchange.conversation.chat_id, db)

    @transaction
    def fail(self, db: Connection, exchange: Exchange) -> None:
        sql = "UPDATE nodes SET state = 'failed' WHERE id = ? AND state = 'open' RETURNING counted, at"
        _refund(db.execute(sql, (exchange.answer_id,)), db)

    @transaction
    def abandon(self, db: Connection, idempotency_key: str) -> None:
        sql = "UPDATE nodes SET state = 'failed' WHERE idempotency_key = ? AND state = 'open' RETURNING counted, at"
        _refund(db.execute(sql, (idempotency_key,)), db)

    @transaction
    def start_afresh(self, db: Connection, conversation: ConversationKey) -> bool:
        conversation_id, _, reset_after_id = _conversation(conversation, db)
        newest = db.execute(
            "SELECT max(id) FROM nodes WHERE conversation_id = ? AND kind = 'answer' AND id > ?",
            (conversation_id, reset_after_id),
        ).fetchone()[0]
        if newest is None:
            return False
        db.execute(
            "UPDATE conversations SET head_id = NULL, reset_after_id = ? WHERE id = ?", (newest, conversation_id)
        )
        return True

    @transaction
    def locate(self, db: Connection, chat_id: int, message_id: int) -> Located | None:
        row = db.execute(
            "SELECT nodes.id, parent_id, kind, tokens, conversations.chat_id, topic_id, user_id"
            " FROM nodes JOIN conversations ON conversations.id = conversation_id WHERE nodes.id ="
            " (SELECT max(id) FROM (SELECT id FROM nodes WHERE chat_id = ? AND message_id = ?"
            " UNION ALL SELECT answer_id FROM delivery_records AS shown JOIN deliveries ON deliveries.id = delivery_id"
            " WHERE shown.chat_id = ? AND message_id = ?))",
            (chat_id, message_id, chat_id, message_id),
        ).fetchone()
        if row is None:
            return None
        node_id, parent_id, kind, tokens, *key = row
        return Located(Node(node_id, parent_id, kind, parts_of(node_id, db), tokens), ConversationKey(*key))

    @transaction
    def summarise(
        self, db: Connection, conversation: ConversationKey, upto: int, text: str, tokens: int, at: float
    ) -> None:
        conversation_id, _, _ = _conversation(conversation, db)
        _insert(
            db,
            "conversation_id, parent_id, kind, state, tokens, at",
            (conversation_id, upto, "summary", "done", tokens, at),
            (TextPart(text),),
        )


def _known(idempotency_key: str, conversation: ConversationKey, db: Connection) -> Exchange | None:
    row = db.execute(
        "SELECT parent_id, id, state, thinking, model FROM nodes WHERE idempotency_key = ?", (idempotency_key,)
    ).fetchone()
    if row is None:
        return None
    question_id, answer_id, state, thinking, model = row
    parts = parts_of(answer_id, db)
    return Exchange(conversation, question_id, answer_id, state, parts, thinking, model, has_past=True)


def _conversation(key: ConversationKey, db: Connection) -> tuple[int, int | None, int]:
    """Its id, its newest answer, and the newest answer before the last fresh start (0: there was none)."""
    values = (key.chat_id, key.topic_id, key.user_id)
    row = db.execute(
        "SELECT id, head_id, reset_after_id FROM conversations WHERE chat_id = ? AND topic_id = ? AND user_id = ?",
        values,
    ).fetchone()
    if row is not None:
        return row[0], row[1], row[2]
    cursor = db.execute("INSERT INTO conversations (chat_id, topic_id, user_id) VALUES (?, ?, ?)", values)
    return _new_id(cursor), None, 0


def _parent_of_own(node_id: int, conversation_id: int, db: Connection) -> int | None:
    """The parent of a node of this conversation; one of another never gets into its context."""
    row = db.execute(
        "SELECT parent_id FROM nodes WHERE id = ? AND conversation_id = ?", (node_id, conversation_id)
    ).fetchone()
    if row is None:
        raise LookupError(f"conversation {conversation_id} has no node {node_id}")
    parent: int | None = row[0]
    return parent


def _says_the_same(question: NewQuestion, db: Connection) -> bool:
    """Whether the question that it would replace has the same parts, and has its answer."""
    if question.replaces is None or parts_of(question.replaces, db) != as_kept(question.parts):
        return False
    sql = "SELECT 1 FROM nodes WHERE parent_id = ? AND kind = 'answer' AND state IN ('done', 'cut')"
    return db.execute(sql, (question.replaces,)).fetchone() is not None


def _insert_question(question: NewQuestion, conversation_id: int, parent: int | None, at: float, db: Connection) -> int:
    where = (question.conversation.chat_id, question.message_id)
    return _insert(
        db,
        "conversation_id, parent_id, kind, state, chat_id, message_id, tokens, at",
        (conversation_id, parent, "question", "done", *where, question.tokens, at),
        question.parts,
    )


def _open_answer(
    idempotency_key: str,
    conversation: ConversationKey,
    conversation_id: int,
    question_id: int,
    at: float,
    budget: Budget,
    db: Connection,
) -> Exchange:
    """With the question counted, in the one transaction."""
    spend(budget, Usage(questions=1), at, db)
    answer_id = _insert(
        db,
        "conversation_id, parent_id, kind, state, idempotency_key, counted, at",
        (conversation_id, question_id, "answer", "open", idempotency_key, budget.subject, at),
    )
    return Exchange(conversation, question_id, answer_id)


def _inherit_messages(replaced_question: int, exchange: Exchange, db: Connection) -> None:
    """The messages of the newest answer to the replaced question will show the new answer."""
    newest = "SELECT max(id) FROM nodes WHERE parent_id = ? AND kind = 'answer'"
    inherit_messages(
        db.execute(newest, (replaced_question,)).fetchone()[0], exchange.answer_id, exchange.conversation.chat_id, db
    )


# Not sorted here, where whole texts would be moved; of the parts only what most are, which is text.
_PATH: Final = """
WITH RECURSIVE path (id, parent_id, kind, state, tokens, depth) AS (
    SELECT id, parent_id, kind, state, tokens, 0 FROM nodes WHERE id = ?
    UNION ALL
    SELECT up.id, up.parent_id, up.kind, up.state, up.tokens, depth + 1
    FROM path JOIN nodes AS up ON up.id = path.parent_id
    WHERE NOT EXISTS (SELECT 1 FROM nodes AS summary WHERE summary.parent_id = path.id AND summary.kind = 'summary')
)
SELECT -depth, path.id, path.parent_id, path.kind, path.tokens, part.kind, part.text
FROM path LEFT JOIN message_parts AS part ON part.node_id = path.id
WHERE path.kind != 'answer' OR path.state IN ('done', 'cut')
"""
_SUMMARY: Final = """
SELECT id, parent_id, kind, tokens FROM nodes WHERE parent_id = ? AND kind = 'summary' ORDER BY id DESC LIMIT 1
"""


def _path(node_id: int, db: Connection) -> list[Node]:
    nodes = _nodes(sorted(db.execute(_PATH, (node_id,)), key=itemgetter(0)), db)
    summary = db.execute(_SUMMARY, (nodes[0].id,)).fetchone() if nodes else None
    if summary is None:
        return nodes
    summary_id, parent_id, kind, tokens = summary
    return [Node(summary_id, parent_id, kind, parts_of(summary_id, db), tokens), *nodes[1:]]


def _nodes(rows: Iterable[Row], db: Connection) -> list[Node]:
    """Of one row for each part, or one without a part; what is more than one text is read by itself, being rare."""
    nodes: dict[int, Node] = {}
    for _, node_id, parent_id, kind, tokens, part_kind, text in rows:
        is_text = part_kind == "text" and node_id not in nodes
        parts = (TextPart(text),) if is_text else parts_of(node_id, db)
        nodes[node_id] = Node(node_id, parent_id, kind, parts, tokens)
    return list(nodes.values())


def _refund(failed: sqlite3.Cursor, db: Connection) -> None:
    """Of the questions that will get no answer: whom they counted for, and when."""
    for subject, at in failed.fetchall():
        refund(subject, Usage(questions=1), at, db)


def _insert(db: Connection, columns: str, values: Sequence[object], parts: Sequence[MessagePart] = ()) -> int:
    marks = ", ".join("?" * len(values))
    cursor = db.execute(f"INSERT INTO nodes ({columns}) VALUES ({marks})", values)  # noqa: S608 - constant columns
    node_id = _new_id(cursor)
    insert_parts(node_id, parts, db)
    return node_id


def _new_id(cursor: sqlite3.Cursor) -> int:
    return int(cursor.lastrowid or 0)  # only a cursor that inserted nothing has none
