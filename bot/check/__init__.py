"""`check`: what is wrong with configuration and reachability, and how to mend it, one line each."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from bot.check.accounts import accounts, of_account
from bot.check.finding import Finding
from bot.check.local import Inspect, of_database, of_faults, of_settings
from bot.check.telegram import of_telegram
from bot.check.web import Fetch, Reply, fetch
from bot.clock import Clock, SystemClock
from bot.logs import Redactor
from bot.settings import Settings

__all__ = ["Finding", "examine", "of_faults"]

Probe = tuple[str, Callable[[], Iterable[Finding]]]
SKEW_SECONDS = 30


def examine(settings: Settings, inspect: Inspect, fetch: Fetch = fetch, clock: Clock | None = None) -> list[Finding]:
    """The whole report, always in the same order; no secret of the settings stands in it.

    ``inspect``: finds out what state the database is in.
    """
    clock = clock or SystemClock()
    skews: list[float] = []

    def timed(url: str, headers: Mapping[str, str]) -> Reply:
        reply = fetch(url, headers)
        if reply.sent is not None:
            skews.append(clock.now() - reply.sent)
        return reply

    probes: list[Probe] = [
        ("settings", lambda: of_settings(settings)),
        ("DATABASE_URL", lambda: of_database(settings.database, inspect)),
        ("TELEGRAM_API_URL", lambda: of_telegram(settings, timed)),
        *((account.subject, partial(of_account, account, timed)) for account in accounts(settings)),
    ]
    with ThreadPoolExecutor(max_workers=len(probes)) as pool:
        findings = [finding for report in pool.map(_run, probes) for finding in report]
    findings += _clock(skews)
    redact = Redactor(settings.secrets)
    return [Finding(found.level, found.subject, redact(found.text)) for found in findings]


def _run(probe: Probe) -> list[Finding]:
    subject, look = probe
    try:
        return list(look())
    except Exception as error:  # noqa: BLE001 - what stops a probe would stop the bot as well: it is a finding
        return [Finding("fail", subject, f"could not be looked at: {str(error) or type(error).__name__}.")]


def _clock(skews: Sequence[float]) -> list[Finding]:
    """The least difference counts: a slow answer only adds to it."""
    if not skews:
        return []
    skew = min(skews, key=abs)
    if abs(skew) <= SKEW_SECONDS:
        return [Finding("ok", "clock", "agrees with the servers.")]
    return [Finding("warn", "clock", f"is {abs(skew):.0f} s {'fast' if skew > 0 else 'slow'}. Set it by NTP.")]
