"""The tables: whose the rows of each are, for how long they are kept, and how they go or move with their owner.

Forgetting a person, leaving a group, moving a group to its supergroup, and retention are derived from this list; a test
compares it with the schema. A new table gets an entry here, and a hook in ``hooks.py`` where no rule says it.
"""

from typing import Final

from bot.store import hooks, pending
from bot.store.rules import Age, Kept, OnForget, OnLeave, OnMigrate, Table

_HOUR: Final = 3600.0
_DAY: Final = 24 * _HOUR

TABLES: Final = (
    # What groups said, and what is made of it
    Table(
        name="group_messages",
        kept=(Age("at", None),),
        person="author_id",
        chat="chat_id",
        message_ids=("message_id", "reply_to"),
        indexed=True,
        key=("message_id",),
    ),
    Table(name="group_words", kept=Kept.WITH_PARENT, parent="group_messages"),
    Table(
        name="summary_leaves",
        kept=(Age("at", _DAY, where="start IS NULL"),),  # answers; notes of closed stretches go with their messages
        chat="chat_id",
        rests_on="messages",
        voided="text",  # where its stretch began still holds
        migrate=OnMigrate.DELETE,
    ),
    Table(
        name="open_loops",
        kept=Kept.UNTIL_ERASED,  # in fact until the next digest
        people="people",
        chat="chat_id",
        rests_on="messages",
        migrate=OnMigrate.DELETE,
    ),
    Table(
        name="pending_summaries",
        kept=(Age("at", pending.KEPT),),
        person="user_id",
        chat="chat_id",
        rests_on="messages",
        migrate=OnMigrate.DELETE,
    ),
    Table(
        name="summary_askers",
        kept=Kept.UNTIL_ERASED,
        person="user_id",
        chat="chat_id",
        key=("user_id", "topic_id"),
        merge={"at": "max(old.at, new.at)"},
    ),
    Table(name="group_topics", kept=Kept.UNTIL_ERASED, chat="chat_id", key=("topic_id",)),
    Table(name="group_zones", kept=Kept.UNTIL_ERASED, chat="chat_id"),
    Table(name="private_summaries_off", kept=Kept.UNTIL_ERASED, chat="chat_id"),
    Table(
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
    Table(name="digests", kept=Kept.UNTIL_ERASED, person="by", chat="chat_id", forget=OnForget.UNNAME),
    Table(name="digest_runs", kept=(Age("due", 60 * _DAY),), chat="chat_id", key=("due",)),
    Table(name="digest_subscribers", kept=Kept.UNTIL_ERASED, person="user_id", chat="chat_id", key=("user_id",)),
    # Conversations and drawings
    Table(
        name="conversations",
        kept=Kept.UNTIL_ERASED,
        person="user_id",
        chat="chat_id",
        migrate=hooks.merge_conversations,
        key=("topic_id", "user_id"),
    ),
    Table(
        name="nodes",
        kept=Kept.WITH_PARENT,
        parent="conversations",
        chat="chat_id",
        subject="counted",
        message_ids=("message_id",),
    ),
    Table(name="message_parts", kept=Kept.WITH_PARENT, parent="nodes"),
    Table(name="parts", kept=Kept.WITH_PARENT, parent="nodes", chat="chat_id", message_ids=("message_id",)),
    Table(name="drawings", kept=Kept.UNTIL_ERASED, person="user_id", chat="chat_id", message_ids=("line_id",)),
    Table(name="pictures", kept=Kept.WITH_PARENT, parent="drawings"),
    Table(
        name="picture_messages",
        kept=Kept.WITH_PARENT,
        parent="pictures",
        chat="chat_id",
        message_ids=("message_id",),
        key=("message_id",),
    ),
    # People and what they may use
    Table(name="people", kept=Kept.UNTIL_ERASED, person="user_id"),
    Table(
        name="model_choices",
        kept=Kept.UNTIL_ERASED,
        person="user_id",
        chat="chat_id",
        key=("user_id",),
        forget=OnForget.DELETE_EVERYWHERE,  # a setting, nothing that was said
    ),
    Table(
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
    Table(
        name="spending",
        kept=hooks.age_counters,
        subject="subject",
        forget=OnForget.KEEP,
        leave=OnLeave.KEEP,
        key=("period",),
        merge={name: f"old.{name} + new.{name}" for name in ("questions", "pictures", "cost")},
        because="a quota could be had anew; when its day and month are over they go",
    ),
    Table(
        name="calls",
        kept=(Age("at", 400 * _DAY, where="outcome != 'open'"),),  # a year and the month before it
        person="user_id",
        chat="chat_id",
        subject="subject",
        forget=hooks.unname_calls,
        leave=hooks.unname_chat,
    ),
    # Nobody's
    Table(
        name="inbox",
        kept=(
            Age("received", 48 * _HOUR, where="state = 'done'"),  # Telegram repeats an unconfirmed update for 24 hours
            Age("received", 30 * _DAY, where="state = 'dead'"),  # for the operator; their bodies quote people
        ),
        forget=hooks.forget_set_aside,
        leave=hooks.leave_set_aside,
        migrate=hooks.migrate_set_aside,
    ),
    Table(name="grants", kept=(Age("at", 25 * _HOUR),)),  # the longest window is a day
    Table(name="notices", kept=Kept.ALWAYS),
    Table(name="refused_parameters", kept=Kept.ALWAYS),  # one row for each oddity of a model
    Table(name="_sqlite_migrations", kept=Kept.ALWAYS),
)
