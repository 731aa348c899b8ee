"""The tables: whose the rows of each are, for how long they are kept, and how they go or move with their owner.

Forgetting a person, leaving a group, moving a group to its supergroup, and retention are derived from this list; a test
compares it with the schema. A new table gets an entry here, and a hook in ``hooks.py`` where no rule says it.
"""

from typing import Final

from bot.store import hooks
from bot.store.groups import PENDING_KEPT
from bot.store.rules import Age, Kept, OnForget, OnLeave, OnMigrate, TableRules

_HOUR: Final = 3600.0
_DAY: Final = 24 * _HOUR

TABLES: Final = (
    # What groups said, and what is made of it
    TableRules(
        name="group_messages",
        kept=(Age("at", None),),
        person="author_id",
        chat="chat_id",
        message_ids=("message_id", "reply_to"),
        indexed=True,
        key=("message_id",),
    ),
    TableRules(name="group_words", kept=Kept.WITH_PARENT, parent="group_messages"),
    TableRules(
        name="summary_leaves",
        kept=(Age("at", _DAY, where="start IS NULL"),),  # answers; notes of closed segments go with their messages
        chat="chat_id",
        rests_on="messages",
        voided="text",  # where its segment began still holds
        migrate=OnMigrate.DELETE,
    ),
    TableRules(
        name="open_loops",
        kept=Kept.UNTIL_ERASED,  # in fact until the next digest
        people="people",
        chat="chat_id",
        rests_on="messages",
        migrate=OnMigrate.DELETE,
    ),
    TableRules(
        name="pending_summaries",
        kept=(Age("at", PENDING_KEPT),),
        person="user_id",
        chat="chat_id",
        rests_on="messages",
        migrate=OnMigrate.DELETE,
    ),
    TableRules(
        name="summary_askers",
        kept=Kept.UNTIL_ERASED,
        person="user_id",
        chat="chat_id",
        key=("user_id", "topic_id"),
        merge={"at": "max(old.at, new.at)"},
    ),
    TableRules(name="group_topics", kept=Kept.UNTIL_ERASED, chat="chat_id", key=("topic_id",)),
    TableRules(name="group_zones", kept=Kept.UNTIL_ERASED, chat="chat_id"),
    TableRules(name="private_summaries_off", kept=Kept.UNTIL_ERASED, chat="chat_id"),
    TableRules(
        name="left_out",
        kept=Kept.ALWAYS,
        person="user_id",
        chat="chat_id",
        key=("user_id",),
        forget=OnForget.KEEP,
        leave=OnLeave.KEEP,
        because="who asked to be left out stays so, for the day on which the bot is let in again",
    ),
    # Digests
    TableRules(name="digests", kept=Kept.UNTIL_ERASED, person="by", chat="chat_id", forget=OnForget.UNNAME),
    TableRules(name="digest_runs", kept=(Age("due", 60 * _DAY),), chat="chat_id", key=("due",)),
    TableRules(name="digest_subscribers", kept=Kept.UNTIL_ERASED, person="user_id", chat="chat_id", key=("user_id",)),
    # Conversations and drawings
    TableRules(
        name="conversations",
        kept=Kept.UNTIL_ERASED,
        person="user_id",
        chat="chat_id",
        migrate=hooks.merge_conversations,
        key=("topic_id", "user_id"),
    ),
    TableRules(
        name="nodes",
        kept=Kept.WITH_PARENT,
        parent="conversations",
        chat="chat_id",
        subject="counted",
        message_ids=("message_id",),
    ),
    TableRules(name="message_parts", kept=Kept.WITH_PARENT, parent="nodes"),
    TableRules(
        name="deliveries",
        kept=(Age("at", 7 * _DAY, where="answer_id IS NULL"),),  # an answer's goes with its node
        person="user_id",
        chat="chat_id",
        message_ids=("reply_to",),
        forget=hooks.forget_deliveries,
        leave=hooks.leave_deliveries,
        migrate=hooks.migrate_deliveries,
    ),
    TableRules(
        name="delivery_records",
        kept=Kept.WITH_PARENT,
        parent="deliveries",
        chat="chat_id",
        message_ids=("message_id",),
    ),
    TableRules(name="drawings", kept=Kept.UNTIL_ERASED, person="user_id", chat="chat_id", message_ids=("line_id",)),
    TableRules(name="pictures", kept=Kept.WITH_PARENT, parent="drawings"),
    TableRules(
        name="picture_messages",
        kept=Kept.WITH_PARENT,
        parent="pictures",
        chat="chat_id",
        message_ids=("message_id",),
        key=("message_id",),
    ),
    # People and what they may use
    TableRules(name="people", kept=Kept.UNTIL_ERASED, person="user_id"),
    TableRules(
        name="model_choices",
        kept=Kept.UNTIL_ERASED,
        person="user_id",
        chat="chat_id",
        key=("user_id",),
        forget=OnForget.DELETE_EVERYWHERE,  # a setting, nothing that was said
    ),
    TableRules(
        name="members",
        kept=Kept.ALWAYS,
        person="id",
        chat="id",
        forget=OnForget.KEEP,
        leave=OnLeave.KEEP,
        merge={"allowed": "min(old.allowed, new.allowed)", "role": "coalesce(nullif(new.role, ''), old.role)"}
        | {
            name: f"coalesce(new.{name}, old.{name})"
            for name in ("questions_per_day", "pictures_per_day", "cost_per_day", "cost_per_month")
        },
        because="the owners' word on somebody: who was shut out would come back in by being forgotten",
    ),
    TableRules(
        name="spending",
        kept=hooks.age_counters,
        subject="subject",
        forget=OnForget.KEEP,
        leave=OnLeave.KEEP,
        key=("period",),
        merge={name: f"old.{name} + new.{name}" for name in ("questions", "pictures", "cost")},
        because="a quota could be had anew; when its day and month are over they go",
    ),
    TableRules(
        name="calls",
        kept=(Age("at", 400 * _DAY, where="outcome != 'open'"),),  # a year and the month before it
        person="user_id",
        chat="chat_id",
        subject="subject",
        forget=hooks.unname_calls,
        leave=hooks.unname_chat,
    ),
    # Nobody's
    TableRules(
        name="inbox",
        kept=(
            Age("received", 48 * _HOUR, where="state = 'done'"),  # Telegram repeats an unconfirmed update for 24 hours
            Age("received", 30 * _DAY, where="state = 'dead'"),  # for the operator; their bodies quote people
        ),
        forget=hooks.forget_set_aside,
        leave=hooks.leave_set_aside,
        migrate=hooks.migrate_set_aside,
    ),
    TableRules(name="grants", kept=(Age("at", 25 * _HOUR),)),  # the longest window is a day
    TableRules(name="notices", kept=Kept.ALWAYS),
    TableRules(name="refused_parameters", kept=Kept.ALWAYS),  # one row for each oddity of a model
    TableRules(name="_sqlite_migrations", kept=Kept.ALWAYS),
)
