"""Who is next: a queue of flows that shares by cost and weight, whatever each flow has waiting.

Deficit round robin in its start-tag form (start-time fair queueing): a flow's tag is the service it has had, a flow
that comes anew starts at the tag of the one served last, and the lowest tag is next. It gives the shares of round
robin without a quantum to choose and without rounds in which nobody can be served, at log(flows) a step.
"""

import heapq
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")


@dataclass(slots=True, eq=False)
class Entry(Generic[T]):
    """One who waits. ``mark``: the service his flow will have had when he was served."""

    item: T
    flow: "Flow[T]"
    cost: float
    mark: float
    live: bool = True


class Flow(Generic[T]):
    """The queue of one user or chat. It is forgotten when its tag is reached with nobody waiting."""

    __slots__ = ("entries", "name", "order", "served", "tag", "turn", "waiting", "weight")

    def __init__(self, name: str, tag: float) -> None:
        self.name = name
        self.tag = tag
        self.order = 0
        self.weight = 1.0
        self.entries: deque[Entry[T]] = deque()
        self.waiting = 0
        self.served = 0.0
        self.turn = 0.0


class FairQueue(Generic[T]):
    """``waiting`` and ``cost``: how many wait, and what they would cost in sum."""

    def __init__(self) -> None:
        self.waiting = 0
        self.cost = 0.0
        self._served = 0.0
        self._weight = 0.0
        self._tag = 0.0
        self._order = 0
        self._flows: dict[str, Flow[T]] = {}
        self._heap: list[tuple[float, int, Flow[T]]] = []

    def push(self, name: str, weight: float, cost: float, item: T, *, first: bool = False) -> Entry[T]:
        """``first``: before all others of its flow and of the same tag, for one who had his turn and got nothing."""
        flow = self._flows.get(name)
        if flow is None:
            flow = self._flows[name] = Flow(name, self._tag)
            self._place(flow)
        if not flow.waiting:
            flow.weight = weight
            self._weight += weight
        self.cost += cost
        self.waiting += 1
        flow.waiting += 1
        if first or not flow.entries:
            entry = Entry(item, flow, cost, flow.served + cost)
            flow.entries.appendleft(entry)
            if first:
                self._place(flow, before=True)
            self._expect(flow)
        else:
            entry = Entry(item, flow, cost, flow.entries[-1].mark + cost)
            flow.entries.append(entry)
        return entry

    def head(self) -> Entry[T] | None:
        while self._heap:
            _, order, flow = self._heap[0]
            if order == flow.order:
                while flow.entries and not flow.entries[0].live:
                    flow.served += flow.entries.popleft().cost
                if flow.entries:
                    return flow.entries[0]
                del self._flows[flow.name]
            heapq.heappop(self._heap)
        return None

    def take(self) -> Entry[T] | None:
        """The head leaves, and its flow pays."""
        entry = self.head()
        if entry is None:
            return None
        flow = entry.flow
        self._tag = max(self._tag, flow.tag)
        flow.entries.popleft()
        flow.served += entry.cost
        flow.tag = self._tag + entry.cost / flow.weight
        self._order += 1
        flow.order = self._order
        heapq.heapreplace(self._heap, (flow.tag, flow.order, flow))
        self._leave(entry)
        self._expect(flow)
        return entry

    def drop(self, entry: Entry[T]) -> None:
        """He waits no longer. Nothing happens to one who was taken or dropped before."""
        if entry.live:
            self._leave(entry)

    def correct(self, flow: Flow[T], by: float) -> None:
        """What a flow paid was too little (or, below zero, too much) by so much."""
        if by and self._flows.get(flow.name) is flow:
            flow.tag += by / flow.weight
            self._place(flow)

    def lengths(self) -> Iterator[tuple[str, int]]:
        """Each flow of which somebody waits, and how many do."""
        return ((flow.name, flow.waiting) for flow in self._flows.values() if flow.waiting)

    def ahead(self, entry: Entry[T]) -> float:
        """About what part of ``cost`` is served before this entry, 0 to 1. Arithmetic on sums: nobody is looked at."""
        flow = entry.flow
        turn = max(flow.turn - self._served, 0.0)
        own = max(entry.mark - flow.served - entry.cost, 0.0)
        before = min(turn + own * self._weight / flow.weight, self.cost - entry.cost)
        return max(before, 0.0) / self.cost if self.cost else 0.0

    def _place(self, flow: Flow[T], *, before: bool = False) -> None:
        """Order by the flow's tag, after or before its equals; where it stood until now becomes void."""
        self._order += 1
        flow.order = -self._order if before else self._order
        heapq.heappush(self._heap, (flow.tag, flow.order, flow))

    def _leave(self, entry: Entry[T]) -> None:
        flow = entry.flow
        entry.live = False
        self._served += entry.cost
        self.cost -= entry.cost
        self.waiting -= 1
        flow.waiting -= 1
        if not flow.waiting:
            flow.entries.clear()
            self._weight -= flow.weight
        if not self.waiting:
            self.cost = self._weight = 0.0  # sums of floats drift; here they are known

    def _expect(self, flow: Flow[T]) -> None:
        """The flow has a new head: until its turn every other flow is served at most once as much by weight."""
        if flow.entries:
            cost = flow.entries[0].cost
            others = cost * (self._weight - flow.weight) / flow.weight
            flow.turn = self._served + min(others, self.cost - cost)
