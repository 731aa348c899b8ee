"""Everything that draws, put together."""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.assembly import retired_models
from bot.clock import Clock
from bot.conversations.running import Running
from bot.conversations.styles import Styles
from bot.images.choice import Painters
from bot.images.sources import Sources
from bot.images.studio import Studio
from bot.limits.client import QueuedChat
from bot.limits.demand import Target
from bot.limits.pictures import FallbackPictures, LimitedPictures
from bot.limits.quotas import Quotas
from bot.limits.scheduler import Scheduler
from bot.limits.till import Till
from bot.providers.catalogue import Model
from bot.providers.picture_fetch import PictureFetch, open_fetching_http
from bot.providers.pictures import PictureClient
from bot.providers.registry import Registry
from bot.providers.shelf import Shelf
from bot.settings import Settings
from bot.store import Store, picture_folder
from bot.store.picture_files import PictureFiles
from bot.telegram.courier import Courier
from bot.telegram.gate import Gate
from bot.telegram.media import Media
from handlers.draw_easel import Easel
from handlers.draw_gallery import Gallery


@dataclass(frozen=True, slots=True)
class Upstream:
    """What drawing shares with chatting."""

    named: Registry
    shelf: Shelf
    client: PictureClient
    limits: Scheduler
    till: Till
    chat: QueuedChat


class DrawingRoom:
    """``easel`` carries wishes out; whoever opens the room closes it."""

    def __init__(
        self,
        settings: Settings,
        clock: Clock,
        store: Store,
        upstream: Upstream,
        *,
        courier: Courier,
        gate: Gate,
        media: Media,
        styles: Styles,
        quotas: Quotas,
        running: Running,
    ) -> None:
        self._fetching = open_fetching_http()
        fetch = PictureFetch(self._fetching, clock, settings.image_trusted_hosts).fetch
        files = PictureFiles(picture_folder(settings.database), clock)
        painters = Painters(lambda: upstream.shelf.catalogue, retired_models(settings))
        marked = settings.image_watermark == "on"
        studio = Studio(
            store.pictures,
            files,
            _pictures(upstream, clock, painters),
            upstream.chat,
            fetch,
            Sources(store.pictures, files, media.download),
            painters,
            clock,
        )
        self.easel = Easel(
            telegram=media.telegram,
            gate=gate,
            clock=clock,
            courier=courier,
            gallery=Gallery(media, courier, store.pictures, files, painters, marked),
            studio=studio,
            rows=store.pictures,
            painters=painters,
            styles=styles,
            quotas=quotas,
            running=running,
        )

    async def close(self) -> None:
        await self._fetching.aclose()


def _pictures(upstream: Upstream, clock: Clock, painters: Painters) -> FallbackPictures:
    def targets(model: Model) -> Sequence[Target]:
        accounts = upstream.named.accounts[model.provider]
        return [Target(account, model, model.limits, model.parallel) for account in accounts]

    limited = LimitedPictures(upstream.client, upstream.limits, clock, targets, upstream.till)
    return FallbackPictures(limited, painters.stand_ins)
