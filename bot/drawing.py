"""Everything that draws, put together."""

import asyncio
from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import partial

from bot.assembly import retired_models
from bot.clock import Clock
from bot.conversations.running import Run, Running
from bot.conversations.styles import Styles
from bot.images.draw_pictures import ActiveTask, DrawPictures
from bot.images.image_models import ImageModels
from bot.images.pipeline import ImagePipeline, Outcome, SourcePictures
from bot.images.request_pictures import RequestPictures
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
from bot.store import Store
from bot.store.conversations import Scope
from bot.store.picture_files import PictureFiles
from bot.telegram.courier import Courier
from bot.telegram.drawing_keyboards import PictureKeyboards
from bot.telegram.drawing_view import DrawingViews
from bot.telegram.gate import Gate
from bot.telegram.media import Media
from bot.telegram.picture_sender import PictureSender


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
    """The use cases of drawing and the views of their chats; whoever opens it closes it."""

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
        files = PictureFiles(settings.database.with_suffix(".pictures"), clock)
        models = ImageModels(lambda: upstream.shelf.catalogue, retired_models(settings))
        pipeline = ImagePipeline(
            store.pictures,
            files,
            _pictures(upstream, clock, models),
            upstream.chat,
            fetch,
            SourcePictures(store.pictures, files, media.download),
            models,
            clock,
        )
        track = partial(_track, running)
        self.draw_pictures = DrawPictures(
            store.pictures, files, pipeline, models, quotas, track, improver=styles.model, clock=clock
        )
        self.request_pictures = RequestPictures(self.draw_pictures, store.pictures, models)
        keyboards, marked = PictureKeyboards(models), settings.image_watermark == "on"
        sender = PictureSender(media, courier, store.pictures, files, keyboards, labelled=marked)
        self.views = DrawingViews(media.telegram, gate, clock, courier, sender, store.pictures, keyboards)

    async def close(self) -> None:
        await self._fetching.aclose()


def _track(running: Running, conversation: Scope, task: "asyncio.Task[Outcome]") -> AbstractContextManager[ActiveTask]:
    """Listed as what goes on in the conversation, so that /stop ends it."""
    return running.listed(Run(conversation, 0, "", task))


def _pictures(upstream: Upstream, clock: Clock, models: ImageModels) -> FallbackPictures:
    def targets(model: Model) -> Sequence[Target]:
        accounts = upstream.named.accounts[model.provider]
        return [Target(account, model, model.limits, model.parallel) for account in accounts]

    limited = LimitedPictures(upstream.client, upstream.limits, clock, targets, upstream.till)
    return FallbackPictures(limited, models.stand_ins)
