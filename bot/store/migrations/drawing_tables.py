"""Pictures."""

from sqlite_utils.db import Database as Connection


def pictures(db: Connection) -> None:
    """A drawing is one wish and has one or several pictures; messages tell which picture they are about.

    Numbers are not given twice, since buttons carry them.
    """
    db.execute(
        """
        CREATE TABLE drawings (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            turn TEXT NOT NULL UNIQUE,
            chat_id INTEGER NOT NULL,
            topic_id INTEGER NOT NULL,
            user_id INTEGER NOT NULL,
            words TEXT NOT NULL,
            improve INTEGER NOT NULL,
            state TEXT NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'done')),
            line_id INTEGER,
            at REAL NOT NULL
        ) STRICT
        """
    )
    db.execute("CREATE INDEX drawings_user ON drawings (user_id, chat_id)")
    db.execute(
        """
        CREATE TABLE pictures (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            drawing_id INTEGER NOT NULL REFERENCES drawings (id) ON DELETE CASCADE,
            parent_id INTEGER REFERENCES pictures (id) ON DELETE SET NULL,
            state TEXT NOT NULL DEFAULT 'open'
                CHECK (state IN ('open', 'drawn', 'attempting', 'sent', 'unknown', 'failed')),
            recipe TEXT NOT NULL,
            address TEXT,
            media_type TEXT NOT NULL DEFAULT '',
            width INTEGER NOT NULL DEFAULT 0,
            height INTEGER NOT NULL DEFAULT 0,
            photo INTEGER NOT NULL DEFAULT 0,
            seconds REAL NOT NULL DEFAULT 0,
            cost INTEGER NOT NULL DEFAULT 0,
            photo_id TEXT,
            document_id TEXT
        ) STRICT
        """
    )
    db.execute("CREATE INDEX pictures_drawing ON pictures (drawing_id)")
    db.execute("CREATE INDEX pictures_parent ON pictures (parent_id) WHERE parent_id IS NOT NULL")
    db.execute(
        """
        CREATE TABLE picture_messages (
            chat_id INTEGER NOT NULL,
            message_id INTEGER NOT NULL,
            picture_id INTEGER NOT NULL REFERENCES pictures (id) ON DELETE CASCADE,
            shows TEXT NOT NULL CHECK (shows IN ('picture', 'album', 'words')),
            PRIMARY KEY (chat_id, message_id)
        ) STRICT, WITHOUT ROWID
        """
    )
    db.execute("CREATE INDEX picture_messages_picture ON picture_messages (picture_id)")
