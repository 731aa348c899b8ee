"""Everything that is kept, in one SQLite file behind narrow async repositories. No SQL stands outside of this room."""

from dataclasses import dataclass
from pathlib import Path

from bot.store.archive import ArchiveRepository
from bot.store.call_ledger import LedgerRepository, ReportRepository
from bot.store.conversations import SqliteConversationRepository
from bot.store.database import Database
from bot.store.deliveries import DeliveryRepository
from bot.store.digests import DigestRepository
from bot.store.erasure import ErasureRepository, RetentionRepository
from bot.store.file_modes import picture_folder
from bot.store.groups import GroupRepository, NotesRepository, PendingRepository
from bot.store.inbox import InboxRepository
from bot.store.migrations import NewerDatabase, migrate, prepare
from bot.store.people import MemberRepository, NoticeRepository, PeopleRepository
from bot.store.picture_files import OrphanedFiles
from bot.store.pictures import PictureRepository
from bot.store.quotas import PermitRepository, QuotaRepository
from bot.store.refusals import RefusalRepository
from bot.store.supergroups import SupergroupRepository

__all__ = ["NewerDatabase", "Store", "migrate", "picture_folder"]


@dataclass(frozen=True, slots=True)
class Store:
    """The repositories over one open file."""

    database: Database
    inbox: InboxRepository
    conversations: SqliteConversationRepository
    deliveries: DeliveryRepository
    people: PeopleRepository
    permits: PermitRepository
    quotas: QuotaRepository
    ledger: LedgerRepository
    reports: ReportRepository
    members: MemberRepository
    sent_alerts: NoticeRepository
    pictures: PictureRepository
    archive: ArchiveRepository
    notes: NotesRepository
    erasure: ErasureRepository
    retention: RetentionRepository
    supergroups: SupergroupRepository
    digests: DigestRepository
    groups: GroupRepository
    pending: PendingRepository
    refusals: RefusalRepository

    @classmethod
    async def open(cls, path: Path) -> "Store":
        """Open the file, bringing it to the newest schema. Raises :class:`NewerDatabase` and OSError."""
        database = Database(path)
        await database.open(prepare)
        people = PeopleRepository(database)
        files = OrphanedFiles(database, picture_folder(path))
        return cls(
            database,
            InboxRepository(database),
            SqliteConversationRepository(database),
            DeliveryRepository(database),
            people,
            PermitRepository(database),
            QuotaRepository(database),
            LedgerRepository(database),
            ReportRepository(database),
            MemberRepository(database),
            NoticeRepository(database),
            PictureRepository(database),
            ArchiveRepository(database),
            NotesRepository(database),
            ErasureRepository(database, people, files),
            RetentionRepository(database, files),
            SupergroupRepository(database, people),
            DigestRepository(database),
            GroupRepository(database),
            PendingRepository(database),
            RefusalRepository(database),
        )

    async def close(self) -> None:
        """Commit what was handed in and close the file."""
        await self.database.close()
