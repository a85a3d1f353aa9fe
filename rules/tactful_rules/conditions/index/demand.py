"""What one way of being true demands of one attribute's value, by the value's kind; it may demand too little.

Each of its tests narrows it. Where no simple set says exactly which values satisfy a test, it is left wider.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from typing import Any, Final, TypeAlias

from tactful_rules.conditions.compile import compile_condition
from tactful_rules.conditions.operators import is_number
from tactful_rules.conditions.values import read_moment, read_version
from tactful_rules.model.condition import Operand, Operator, Scalar, Test

Cut: TypeAlias = tuple[Any, bool]
"""A place between ordered values: just before one, or (True) just after it."""

KindedLeaf: TypeAlias = tuple[Test, bool, type | tuple[type, ...]]
"""A leaf with the kind of its operand or of what that lists, since equal ones may differ: Python holds `True == 1`."""


class Range:
    """What lies between two cuts; None is no limit."""

    __slots__ = ("high", "low")

    def __init__(self) -> None:
        self.low: Cut | None = None
        self.high: Cut | None = None

    def narrow(self, low: Cut | None, high: Cut | None) -> None:
        """Keep what lies between these two as well."""
        if low is not None and (self.low is None or self.low < low):
            self.low = low
        if high is not None and (self.high is None or high < self.high):
            self.high = high


class Scalars:
    """Which numbers, or which texts: `only` these, or all but `without`; for texts what they begin and end with."""

    __slots__ = ("ends", "only", "ranges", "starts", "without")

    def __init__(self) -> None:
        self.only: frozenset[Any] | None = None
        self.without: frozenset[Any] = frozenset()
        self.ranges: dict[str, Range] = {}
        self.starts = ""
        self.ends = ""

    def keep(self, items: frozenset[Any]) -> None:
        """Keep these alone."""
        self.only = items if self.only is None else self.only & items

    def narrow(self, ordered_as: str, low: Cut | None, high: Cut | None) -> None:
        """Keep what lies between the cuts when it is read as a number, a moment or a version."""
        if ordered_as not in self.ranges:
            self.ranges[ordered_as] = Range()
        self.ranges[ordered_as].narrow(low, high)


class Lists:
    """Which lists: those with a member of each of `some`, and without any of `none`."""

    __slots__ = ("none", "some")

    def __init__(self) -> None:
        self.some: list[frozenset[object]] = []
        self.none: set[object] = set()


MOST_MEMBERS: Final = 16
"""Of so many members that `contains_all` names one is chosen to find its rule by."""
_EITHER: Final = frozenset({True, False})
_NEITHER: Final[frozenset[bool]] = frozenset()
ALL_SCALARS: Final = Scalars()
ALL_LISTS: Final = Lists()
"""These are shared and never narrowed: most demands are about one kind."""


class Demand:
    """What is demanded; a kind that is None is refused whatever the value. At first everything will do."""

    __slots__ = ("booleans", "lists", "missing", "numbers", "odd", "texts")

    def __init__(self) -> None:
        self.missing = True
        self.odd = True
        self.booleans = _EITHER
        self.numbers: Scalars | None = ALL_SCALARS
        self.texts: Scalars | None = ALL_SCALARS
        self.lists: Lists | None = ALL_LISTS

    def kinds(self) -> Iterator[str]:
        """Yield the kinds of scalars that may do."""
        if self.texts is not None:
            yield "text"
        if self.numbers is not None:
            yield "number"
        if self.booleans:
            yield "boolean"

    def refuse(self, *, texts: bool = False, numbers: bool = False, booleans: bool = False) -> None:
        """Refuse what is missing, odd or a list, and scalars but for those kept."""
        self.missing = self.odd = False
        self.lists = None
        if not booleans:
            self.booleans = _NEITHER
        if not numbers:
            self.numbers = None
        if not texts:
            self.texts = None

    def narrow_numbers(self) -> Scalars | None:
        """Give what is demanded of numbers, to be narrowed; None if they are refused."""
        if self.numbers is ALL_SCALARS:
            self.numbers = Scalars()
        return self.numbers

    def narrow_texts(self) -> Scalars | None:
        """Give what is demanded of texts, to be narrowed; None if they are refused."""
        if self.texts is ALL_SCALARS:
            self.texts = Scalars()
        return self.texts

    def narrow_lists(self) -> Lists | None:
        """Give what is demanded of lists, to be narrowed; None if they are refused."""
        if self.lists is ALL_LISTS:
            self.lists = Lists()
        return self.lists


def demand_of(leaves: tuple[KindedLeaf, ...]) -> Demand:
    """Give what leaves of one attribute demand of its value together."""
    demand = Demand()
    for test, verdict, _ in leaves:
        _NARROW[test.op](demand, test.op, test.value, verdict)
    if len(leaves) > 1:
        for scalars in (demand.numbers, demand.texts):
            if scalars is not None and scalars.only is not None:
                scalars.only = frozenset(value for value in scalars.only if _satisfies(value, leaves))
    return demand


def _satisfies(value: object, leaves: tuple[KindedLeaf, ...]) -> bool:
    """Tell whether a value satisfies every leaf; `matches` is left to whoever has a compiler for it."""
    return all(
        test.op == "matches" or compile_condition(test)(lambda _: value) is verdict for test, verdict, _ in leaves
    )


def member_key(item: object) -> object:
    """Give the key that stands for a member of a list: itself, but booleans apart from the numbers they equal."""
    return _BOOLEAN_KEYS[item] if type(item) is bool else item


_BOOLEAN_KEYS: Final = {True: (True,), False: (False,)}
_Narrow: TypeAlias = Callable[[Demand, Operator, Operand, bool], None]


def _equal(demand: Demand, op: Operator, operand: Operand, verdict: bool) -> None:
    """Narrow by `is`, `is_not`, `in` and `not_in`, which tell about values of the kinds that they list."""
    items = operand if isinstance(operand, tuple) else (operand,)
    if isinstance(operand, tuple) is not (op in ("in", "not_in")):
        items = ()
    texts, numbers, booleans = _by_kind(items)
    demand.refuse(texts=bool(texts), numbers=bool(numbers), booleans=bool(booleans))
    wanted = verdict is (op in ("is", "in"))
    if texts:
        _list(demand.narrow_texts(), texts, wanted)
    if numbers:
        _list(demand.narrow_numbers(), numbers, wanted)
    if booleans:
        demand.booleans = demand.booleans & booleans if wanted else demand.booleans - booleans


def _by_kind(items: Collection[Scalar]) -> tuple[frozenset[Scalar], frozenset[Scalar], frozenset[bool]]:
    """Give the texts, the numbers and the booleans of what is listed."""
    if set(map(type, items)) == {str}:  # nearly always, and ten thousand rules have many lists
        return frozenset(items), _NEITHER, _NEITHER
    return (
        frozenset([item for item in items if type(item) is str]),
        frozenset([item for item in items if is_number(item)]),
        frozenset([item for item in items if type(item) is bool]),
    )


def _list(scalars: Scalars | None, listed: frozenset[Scalar], wanted: bool) -> None:
    """Narrow scalars to those listed, or to the others."""
    if scalars is not None and wanted:
        scalars.keep(listed)
    elif scalars is not None:
        scalars.without |= listed


def _compare(demand: Demand, op: Operator, operand: Operand, verdict: bool) -> None:
    """Narrow by `at_least`, `at_most`, `more_than` and `less_than`."""
    if not is_number(operand):
        return demand.refuse()
    demand.refuse(numbers=True)
    numbers = demand.narrow_numbers()
    if numbers is not None:
        cut = (operand, op in ("more_than", "at_most"))
        upwards = verdict is (op in ("at_least", "more_than"))
        numbers.narrow("number", cut if upwards else None, None if upwards else cut)
    return None


def _between(demand: Demand, op: Operator, operand: Operand, verdict: bool) -> None:
    if not (isinstance(operand, tuple) and len(operand) == 2 and all(map(is_number, operand))):
        return demand.refuse()
    demand.refuse(numbers=True)
    numbers = demand.narrow_numbers()
    if numbers is not None and verdict:
        numbers.narrow("number", (operand[0], False), (operand[1], True))
    return None


def _affix(demand: Demand, op: Operator, operand: Operand, verdict: bool) -> None:
    """Narrow by `starts_with` and `ends_with`; of two the longer says more."""
    if type(operand) is not str:
        return demand.refuse()
    demand.refuse(texts=True)
    texts = demand.narrow_texts()
    if texts is not None and verdict:
        if op == "starts_with":
            texts.starts = max(texts.starts, operand, key=len)
        else:
            texts.ends = max(texts.ends, operand, key=len)
    return None


def _contain(demand: Demand, op: Operator, operand: Operand, verdict: bool) -> None:
    """Narrow lists by their members; which texts hold a text no table can say."""
    if isinstance(operand, tuple) is (op == "contains") or operand == ():
        return demand.refuse()
    lists = demand.narrow_lists()
    demand.refuse(texts=True)
    demand.lists = lists
    if lists is not None:
        items = operand if isinstance(operand, tuple) else (operand,)
        keys = frozenset(member_key(item) for item in items if item == item)  # NaN is no list's member
        if verdict and op == "contains_all":
            lists.some += [frozenset({member_key(item)}) for item in items[:MOST_MEMBERS] if item == item]
        elif verdict:
            lists.some.append(keys)
        elif op != "contains_all" or len(items) == 1:
            lists.none |= keys
    return None


def _date(demand: Demand, op: Operator, operand: Operand, verdict: bool) -> None:
    """Narrow by `before` and `after`, which read texts, and the dates of Python among the odd values."""
    limit = read_moment(operand)
    if limit is None:
        return demand.refuse()
    odd = demand.odd
    demand.refuse(texts=True)
    demand.odd = odd
    texts = demand.narrow_texts()
    if texts is not None:
        cut, upwards = (limit, op == "after"), verdict is (op == "after")
        texts.narrow("moment", cut if upwards else None, None if upwards else cut)
    return None


def _release(demand: Demand, op: Operator, operand: Operand, verdict: bool) -> None:
    """Narrow by `version_at_least` and `version_below`."""
    limit = read_version(operand)
    if limit is None:
        return demand.refuse()
    demand.refuse(texts=True)
    texts = demand.narrow_texts()
    if texts is not None:
        cut, upwards = (limit, False), verdict is (op == "version_at_least")
        texts.narrow("version", cut if upwards else None, None if upwards else cut)
    return None


def _exist(demand: Demand, op: Operator, operand: Operand, verdict: bool) -> None:
    if type(operand) is not bool:
        demand.refuse()
    elif operand is verdict:
        demand.missing = False
    else:
        missing = demand.missing
        demand.refuse()
        demand.missing = missing


def _match(demand: Demand, op: Operator, operand: Operand, verdict: bool) -> None:
    """Demand nothing: without a compiler for expressions the gate must leave every value open, a missing one too."""


_NARROW: Final[dict[Operator, _Narrow]] = {
    "is": _equal,
    "is_not": _equal,
    "in": _equal,
    "not_in": _equal,
    "at_least": _compare,
    "at_most": _compare,
    "more_than": _compare,
    "less_than": _compare,
    "between": _between,
    "starts_with": _affix,
    "ends_with": _affix,
    "contains": _contain,
    "contains_any": _contain,
    "contains_all": _contain,
    "matches": _match,
    "exists": _exist,
    "before": _date,
    "after": _date,
    "version_at_least": _release,
    "version_below": _release,
}
