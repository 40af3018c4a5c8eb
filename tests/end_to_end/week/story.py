"""The story: what happens in the week, drawn from a seed."""

from __future__ import annotations

import random
from dataclasses import replace
from uuid import UUID

from tests.end_to_end.asking import EXTERNAL, OPERATOR, OWNER, PARTNER, PRIORITY, Json
from tests.end_to_end.nights import LIDAR, OBERPFAFFENHOFEN, OTLICA, Night
from tests.end_to_end.week.player import Player
from tests.end_to_end.week.wish import After, Wish, milliseconds

CALLERS = (OPERATOR, OWNER, PARTNER, EXTERNAL)
EARLIEST, LATEST = 1500, 7500
"""The busy hours, in seconds after dusk."""
MODES = ("temperature", "wind", "aerosol")


class Story:
    """Draws wishes and steps; a few hours of each night are much wanted.

    Parameters
    ----------
    player
        Carries them out.
    seed
        Equal seeds, equal stories.
    """

    def __init__(self, player: Player, seed: int) -> None:
        self.player = player
        self.dice = random.Random(seed)

    def tell(self, steps: int) -> None:
        """So many steps."""
        for _ in range(steps):
            self.dice.choices(
                (self.submit, self.submit_after, self.submit_pair, self.remove, self.change),
                (60, 5, 6, 18, 11),
            )[0]()

    def new_id(self) -> str:
        """A UUID of version 4."""
        return str(UUID(int=self.dice.getrandbits(128), version=4))

    def wish(self, place: str, night: Night, **given: object) -> Wish:
        """Anything: fixed or flexible, of anybody."""
        dice = self.dice
        by = dice.choice(CALLERS)
        kind, duration, own = self._what(place)
        fixed = dice.random() < 0.5
        windows = tuple(
            self._window(night, duration, fixed=fixed)
            for _ in range(1 if fixed else dice.randint(1, 3))
        )
        found = Wish(
            id=self.new_id(),
            place=place,
            night=night.date,
            type=kind,
            by=by,
            priority=dice.randint(1, PRIORITY[by]),
            duration=duration,
            windows=windows,
            own=own,
            waits=dice.random() < 0.4,
        )
        return replace(found, **given)  # type: ignore[arg-type]

    def _what(self, place: str) -> tuple[str, int, Json]:
        dice = self.dice
        if place == LIDAR:
            own: Json = {
                "zenith": f"{dice.randint(0, 30)}.000",
                "azimuth": f"{dice.randint(0, 359)}.500",
                "mode": dice.choice(MODES),
            }
            return "profile", dice.randint(300, 1500) * 1000, own
        if dice.random() < 0.15:
            return "scan", 123_000, {}
        photos = dice.choice((dice.randint(20, 400), dice.randint(400, 2400)))
        own = {
            "zenith": f"{dice.randint(0, 69)}.{dice.randint(0, 999):03d}",
            "azimuth": f"{dice.randint(0, 359)}.000",
            "number_of_photos": photos,
        }
        return "static", photos * 500, own

    def _window(self, night: Night, duration: int, *, fixed: bool) -> tuple[int, int, int]:
        dusk = milliseconds(night.dusk)
        begin = dusk + self.dice.randint(EARLIEST * 1000, LATEST * 1000 - duration)
        length = duration if fixed else duration + self.dice.randint(1_000, 3_000_000)
        return begin, begin + length, 0 if fixed else self.dice.randint(0, 2)

    def somewhere(self) -> tuple[str, Night]:
        """An instrument and a night."""
        place = self.dice.choices((OBERPFAFFENHOFEN, OTLICA, LIDAR), (2, 2, 1))[0]
        return place, self.dice.choice(self.player.week[place])

    def submit(self) -> None:
        """Ask for something, fixed things now and then by version 1."""
        wish = self.wish(*self.somewhere())
        if wish.fixed and self.dice.random() < 0.5:
            plain = replace(wish, priority=PRIORITY[wish.by], waits=False)
            self.player.submit(plain, version=1)
        else:
            self.player.submit(wish)

    def submit_after(self) -> None:
        """Ask for something that must follow another event."""
        others = self.player.book.active("scheduled")
        if not others:
            return
        other = self.dice.choice(others)
        wish = self.wish(other.place, self.player.night_of(other))
        least = self.dice.randint(0, 300) * 1000
        most = least + self.dice.randint(0, 1800) * 1000 if self.dice.random() < 0.5 else None
        self.player.submit(replace(wish, after=After(wish=other.id, least=least, most=most)))

    def submit_pair(self) -> None:
        """Ask for stereo pictures: the second brings the first with it."""
        day = self.dice.randrange(len(self.player.week[OTLICA]))
        first = self.pair_half(OTLICA, day)
        second = replace(
            first,
            id=self.new_id(),
            place=OBERPFAFFENHOFEN,
            waits=self.dice.random() < 0.5,
            states=[],
        )
        first = replace(first, together=second.id, waits=True)
        assert self.player.submit(first) == "waiting"
        both = self.dice.random() < 0.5
        self.player.submit(replace(second, together=first.id if both else None))

    def pair_half(self, place: str, day: int) -> Wish:
        """A flexible wish whose windows are dark for both FAIMs."""
        wish = self.wish(place, self.player.week[place][day])
        begin, end, liking = wish.windows[0]
        return replace(wish, windows=((begin, end + 1_200_000, liking),))

    def remove(self) -> None:
        """Take something back, now and then as an operator."""
        wishes = self.player.book.active()
        if wishes:
            wish = self.dice.choice(wishes)
            by = OPERATOR if self.dice.random() < 0.3 else None
            self.player.remove(wish, by=by, version=self.dice.choice((1, 2)))

    def change(self) -> None:
        """Ask for something otherwise: at another time, in another night, for less or more."""
        wishes = [wish for wish in self.player.book.active() if wish.together is None]
        if not wishes:
            return
        wish = self.dice.choice(wishes)
        night = self.player.night_of(wish)
        kind = self.dice.choice(("time", "night", "priority", "windows"))
        if kind == "priority":
            self.player.change(wish, priority=self.dice.randint(1, PRIORITY[wish.by]))
            return
        if kind == "night" and wish.after is None:
            night = self.dice.choice(self.player.week[wish.place])
        fixed = kind != "windows"
        window = self._window(night, wish.duration, fixed=fixed)
        self.player.change(wish, windows=(window,), night=night.date)
