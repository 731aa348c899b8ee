from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from bot.ratelimit.fairness import Entry, FairQueue


def served(queue: FairQueue[str], most: int = 1_000) -> list[str]:
    items: list[str] = []
    while len(items) < most and (entry := queue.take()):
        items.append(entry.item)
    return items


def test_flows_take_turns_however_much_they_have_waiting() -> None:
    queue: FairQueue[str] = FairQueue()
    for number in range(3):
        queue.push("hog", 1.0, 1.0, f"hog {number}")
    queue.push("second", 1.0, 1.0, "second")
    queue.push("third", 1.0, 1.0, "third")
    assert served(queue) == ["hog 0", "second", "third", "hog 1", "hog 2"]


def test_what_costs_twice_comes_half_as_often() -> None:
    queue: FairQueue[str] = FairQueue()
    for _ in range(60):
        queue.push("long", 1.0, 2.0, "long")
        queue.push("short", 1.0, 1.0, "short")
    assert Counter(served(queue, 60)) == {"long": 20, "short": 40}


def test_weight_gives_a_larger_part() -> None:
    queue: FairQueue[str] = FairQueue()
    for _ in range(60):
        queue.push("owner", 3.0, 1.0, "owner")
        queue.push("guest", 1.0, 1.0, "guest")
    assert Counter(served(queue, 40)) == {"owner": 30, "guest": 10}


def test_time_without_asking_saves_up_nothing() -> None:
    queue: FairQueue[str] = FairQueue()
    for _ in range(100):
        queue.push("steady", 1.0, 1.0, "steady")
    served(queue, 50)
    for _ in range(10):
        queue.push("late", 1.0, 1.0, "late")
    assert Counter(served(queue, 10)) == {"steady": 5, "late": 5}


def test_leaving_and_coming_back_gains_nothing() -> None:
    queue: FairQueue[str] = FairQueue()
    for _ in range(10):
        queue.push("steady", 1.0, 1.0, "steady")
    queue.push("quick", 1.0, 5.0, "quick")
    order = []
    for _ in range(6):
        order += served(queue, 1)
        if order[-1] == "quick":
            queue.push("quick", 1.0, 5.0, "quick")
    assert order == ["steady", "quick", "steady", "steady", "steady", "steady"]


def test_one_who_left_is_passed_over() -> None:
    queue: FairQueue[str] = FairQueue()
    entries = [queue.push("flow", 1.0, 1.0, name) for name in "abc"]
    queue.drop(entries[0])
    queue.drop(entries[0])
    assert (queue.waiting, queue.cost) == (2, 2.0)
    assert served(queue) == ["b", "c"]
    assert (queue.waiting, queue.cost) == (0, 0.0)


def test_one_who_got_nothing_is_next_again() -> None:
    queue: FairQueue[str] = FairQueue()
    for flow in "abcd":
        queue.push(flow, 1.0, 1.0, flow)
    entry = queue.take()
    assert entry is not None
    queue.correct(entry.flow, -entry.cost)
    queue.push("a", 1.0, 1.0, "a again", first=True)
    assert served(queue) == ["a again", "b", "c", "d"]


def test_a_flow_pays_later_for_what_it_used_beyond_its_estimate() -> None:
    queue: FairQueue[str] = FairQueue()
    entry = queue.push("a", 1.0, 1.0, "a")
    for _ in range(4):
        queue.push("a", 1.0, 1.0, "a")
        queue.push("b", 1.0, 1.0, "b")
    queue.take()
    queue.correct(entry.flow, 2.0)
    assert served(queue, 4) == ["b", "b", "b", "a"]


def test_with_nobody_waiting_nothing_is_kept() -> None:
    queue: FairQueue[str] = FairQueue()
    for number in range(100):
        queue.push(f"flow {number}", 1.0, 1.0, "x")
    served(queue)
    assert queue.take() is None
    assert not queue._flows
    assert not queue._heap


def test_the_place_of_equals_is_their_order() -> None:
    queue: FairQueue[str] = FairQueue()
    entries = [queue.push(f"flow {number}", 1.0, 1.0, "x") for number in range(10)]
    assert [round(queue.ahead(entry) * queue.waiting) for entry in entries] == list(range(10))
    served(queue, 4)
    assert [round(queue.ahead(entry) * queue.waiting) for entry in entries[4:]] == list(range(6))


def test_the_place_in_a_long_flow_counts_the_turns_of_others() -> None:
    queue: FairQueue[str] = FairQueue()
    hog = [queue.push("hog", 1.0, 1.0, "hog") for _ in range(10)]
    for number in range(4):
        for _ in range(10):
            queue.push(f"flow {number}", 1.0, 1.0, "x")
    assert round(queue.ahead(hog[3]) * queue.waiting) == 15


@given(
    st.lists(
        st.tuples(st.sampled_from(["push", "take", "drop"]), st.sampled_from("abc"), st.integers(1, 5)), max_size=60
    )
)
def test_everybody_is_served_once_in_the_order_of_his_flow(steps: list[tuple[str, str, int]]) -> None:
    queue: FairQueue[int] = FairQueue()
    waiting: dict[str, list[Entry[int]]] = {"a": [], "b": [], "c": []}
    for number, (verb, flow, cost) in enumerate(steps):
        if verb == "push":
            waiting[flow].append(queue.push(flow, 1.0, cost, number))
        elif verb == "drop" and waiting[flow]:
            queue.drop(waiting[flow].pop(cost % len(waiting[flow])))
        elif verb == "take":
            entry = queue.take()
            assert (entry is None) == (not any(waiting.values()))
            if entry is not None:
                assert waiting[entry.flow.name].pop(0) is entry
        rest = [entry for entries in waiting.values() for entry in entries]
        assert queue.waiting == len(rest)
        assert queue.cost == sum(entry.cost for entry in rest)
        assert all(0 <= queue.ahead(entry) < 1 for entry in rest)


@given(st.lists(st.tuples(st.integers(0, 4), st.integers(1, 10)), min_size=100, max_size=200))
def test_flows_that_always_wait_never_differ_by_more_than_two_calls(costs: list[tuple[int, int]]) -> None:
    queue: FairQueue[int] = FairQueue()
    had = [0.0] * 5
    for flow in range(5):
        queue.push(str(flow), 1.0, 1.0, flow)
    for _, cost in costs:
        entry = queue.take()
        assert entry is not None
        had[entry.item] += entry.cost
        queue.push(str(entry.item), 1.0, cost, entry.item)
        assert max(had) - min(had) <= 20
