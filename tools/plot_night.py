"""``python -m tools.plot_night SOURCE --output STEM``: draws a night as STEM.png and STEM.svg.

SOURCE is the JSON document of ``GET /v1/instrument/{id}/schedule``: a file, ``-`` for standard
input, or a URL (the key comes from ``NIGHTPLAN_API_KEY``). With ``--requests FILE``, as
tools/make_picture.py writes it, the requests stand below the schedule by who asked, those
without a place as outlines. The same input gives the same picture, byte for byte.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from adapters.process.settings import ClientSettings
from instruments import find
from models.identity import PRIORITY_CAP, Group
from models.instant import EPOCH, parse_instant
from models.night import find_night

INK, QUIET, FILLER, PAPER = "#1b2430", "#5b6673", "#cfd8e3", "#ffffff"
CALLERS = {"operator": "#cc79a7", "owner": "#0072b2", "partner": "#009e73", "external": "#e69f00"}
TYPES = ("#0072b2", "#e69f00", "#009e73", "#cc79a7", "#d55e00", "#56b4e9")
"""Colours that people with any colour vision tell apart (Okabe, Ito 2008)."""
DAY = "#fbe7c6"
SHADES = ((6.0, "#c9d6ea"), (12.0, "#dfe7f2"), (18.0, "#f1f4f9"))
"""What the sky looks like from the time on at which the Sun stands so many degrees low."""
MARGIN = timedelta(minutes=30)
STYLE: dict[Any, Any] = {
    "font.family": "DejaVu Sans",
    "font.size": 10,
    "svg.hashsalt": "nightplan",
    "text.color": INK,
    "xtick.color": QUIET,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """A span of the night that is drawn.

    Parameters
    ----------
    id
        The event's or filler's id.
    start, end
        When, aware UTC.
    kind
        What gives it its colour: the event type, or the group that asked.
    filler
        Whether nobody asked for it.
    """

    id: str
    start: datetime
    end: datetime
    kind: str
    filler: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """All that is drawn.

    Parameters
    ----------
    meta
        The schedule's ``meta``.
    blocks
        The schedule.
    requests
        What was asked for, by group; empty where that is not known.
    """

    meta: Mapping[str, Any]
    blocks: tuple[Bar, ...]
    requests: Mapping[str, tuple[Bar, ...]]

    @property
    def kinds(self) -> Mapping[str, str]:
        """The colour of each kind of bar, in the order of the legend."""
        if self.requests:
            return {name: CALLERS[name] for name in CALLERS if name in self.requests}
        names = sorted({bar.kind for bar in self.blocks if not bar.filler})
        return dict(zip(names, TYPES * len(names), strict=False))

    def span(self) -> tuple[datetime, datetime]:
        """Dusk and dawn."""
        return parse_instant(self.meta["dusk"]), parse_instant(self.meta["dawn"])


def read_picture(schedule: Mapping[str, Any], requests: Iterable[Mapping[str, Any]]) -> Picture:
    """Read a schedule document and, where known, who asked for what.

    Parameters
    ----------
    schedule
        The JSON:API document.
    requests
        Objects with ``id``, ``group``, ``start_time`` and ``end_time``.

    Raises
    ------
    SystemExit
        The night has no darkness: there is nothing to draw.
    """
    if not schedule["meta"]["dark"]:
        raise SystemExit(f"{schedule['meta']['night']} has no darkness: there is nothing to draw")
    asked: dict[str, list[Bar]] = {}
    for entry in requests:
        asked.setdefault(entry["group"], []).append(_bar(entry["id"], entry, entry["group"]))
    groups = {bar.id: bar.kind for bars in asked.values() for bar in bars}
    blocks = tuple(
        _bar(
            entry["id"],
            entry["attributes"],
            groups.get(entry["id"], entry["type"]),
            filler=entry["meta"]["filler"],
        )
        for entry in schedule["data"]
    )
    rows = {name: tuple(asked[name]) for name in CALLERS if name in asked}
    return Picture(meta=schedule["meta"], blocks=blocks, requests=rows)


def _bar(name: str, times: Mapping[str, Any], kind: str, *, filler: bool = False) -> Bar:
    start, end = parse_instant(times["start_time"]), parse_instant(times["end_time"])
    return Bar(id=name, start=start, end=end, kind=kind, filler=filler)


def draw(picture: Picture) -> Figure:
    """Draw a night: the sky, the schedule, and below it the requests by who asked."""
    rows = len(picture.requests)
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(10, 2.5 + 0.36 * rows), dpi=150, facecolor=PAPER)
        axes = _make_axes(figure, rows)
        _shade_sky(axes, picture)
        _draw_schedule(axes, picture)
        for number, (name, bars) in enumerate(picture.requests.items()):
            _draw_requests(axes, picture, bars, 1.0 + 0.62 * number)
            _name_row(axes, 1.2 + 0.62 * number, f"{name} {PRIORITY_CAP[Group(name)]}")
        _write_title(figure, picture)
        _write_legend(figure, picture)
    return figure


def _make_axes(figure: Figure, rows: int) -> Axes:
    height = figure.get_figheight()
    axes = figure.add_axes((0.085, 0.66 / height, 0.905, 1.0 - 1.35 / height))
    axes.set_ylim(1.0 + 0.62 * rows, -0.16)
    axes.set_yticks([])
    axes.tick_params(axis="x", length=3, labelsize=9)
    for side in ("left", "right", "top"):
        axes.spines[side].set_visible(False)
    axes.spines["bottom"].set_color(QUIET)
    return axes


def _shade_sky(axes: Axes, picture: Picture) -> None:
    """Paint day and the three twilights, and mark dusk and dawn."""
    dusk, dawn = picture.span()
    first, last = dusk - MARGIN, dawn + MARGIN
    axes.set_xlim(_days(first), _days(last))
    hour = timedelta(hours=1)
    begin = first - (first - EPOCH) % hour + hour
    hours = [begin + number * hour for number in range((last - begin) // hour + 1)]
    axes.set_xticks([_days(at) for at in hours], [f"{at:%H:%M}" for at in hours])
    axes.set_facecolor(DAY)
    instrument, day = find(picture.meta["instrument"]), date.fromisoformat(picture.meta["night"])
    for depression, colour in SHADES:
        if instrument is None:
            break
        night = find_night(instrument.site, day, depression)
        if night.dusk is not None and night.dawn is not None:
            axes.axvspan(_days(night.dusk), _days(night.dawn), color=colour, lw=0, zorder=0)
    for edge in (dusk, dawn):
        axes.axvline(_days(edge), color=QUIET, lw=0.9, ls=(0, (3, 2)), zorder=1)


def _draw_schedule(axes: Axes, picture: Picture) -> None:
    """The blocks of the night; gaps stay white."""
    dusk, dawn = picture.span()
    _bars(axes, [(dusk, dawn)], (0.0, 0.72), PAPER, zorder=2)
    fillers = [(bar.start, bar.end) for bar in picture.blocks if bar.filler]
    _bars(axes, fillers, (0.0, 0.72), FILLER, zorder=3)
    for kind, colour in picture.kinds.items():
        spans = [(b.start, b.end) for b in picture.blocks if b.kind == kind and not b.filler]
        _bars(axes, spans, (0.0, 0.72), colour, zorder=4, edge=PAPER)
    _name_row(axes, 0.36, "schedule", weight="bold")


def _draw_requests(axes: Axes, picture: Picture, bars: Sequence[Bar], top: float) -> None:
    """One group's requests: full where scheduled; below, outlines of those without a place."""
    scheduled = {bar.id for bar in picture.blocks}
    colour = picture.kinds[bars[0].kind]
    placed = [(bar.start, bar.end) for bar in bars if bar.id in scheduled]
    others = [(bar.start, bar.end) for bar in bars if bar.id not in scheduled]
    _bars(axes, placed, (top, 0.27), colour, zorder=3, edge=PAPER)
    _bars(axes, others, (top + 0.33, 0.13), PAPER, zorder=3, edge=colour, line=1.0)


def _bars(
    axes: Axes,
    spans: Sequence[tuple[datetime, datetime]],
    rows: tuple[float, float],
    colour: str,
    *,
    zorder: int,
    edge: str = "none",
    line: float = 0.4,
) -> None:
    numbers = [(_days(start), _days(end) - _days(start)) for start, end in spans]
    axes.broken_barh(
        numbers, rows, facecolors=colour, edgecolors=edge, linewidths=line, zorder=zorder
    )


def _days(instant: datetime) -> float:
    """An instant as matplotlib counts: days since 1970."""
    return (instant - EPOCH) / timedelta(days=1)


def _name_row(axes: Axes, y: float, name: str, weight: str = "normal") -> None:
    axes.text(-0.008, y, name, transform=axes.get_yaxis_transform(), ha="right", va="center",
              weight=weight, fontsize=9.5)  # fmt: skip


def _write_title(figure: Figure, picture: Picture) -> None:
    meta = picture.meta
    instrument = find(meta["instrument"])
    name = instrument.title if instrument else meta["instrument"]
    dusk, dawn = picture.span()
    dark = (dawn - dusk).total_seconds()
    parts = [
        f"{label} {_hours(meta[f'{label}_seconds'])} ({meta[f'{label}_seconds'] / dark:.1%})"
        for label in ("requested", "filled", "idle")
    ]
    top = 1.0 - 0.2 / figure.get_figheight()
    line = 1.0 - 0.47 / figure.get_figheight()
    figure.text(0.085, top, f"{name}, night of {meta['night']}", weight="bold", fontsize=12,
                va="center")  # fmt: skip
    figure.text(0.085, line, f"dusk {dusk:%H:%M}, dawn {dawn:%H:%M} UTC   ·   "
                + "   ·   ".join(parts), fontsize=9.5, color=QUIET, va="center")  # fmt: skip


def _write_legend(figure: Figure, picture: Picture) -> None:
    entries = [Patch(color=colour, label=name) for name, colour in picture.kinds.items()]
    if picture.requests:
        entries.append(Patch(facecolor=PAPER, edgecolor=QUIET, label="no place"))
    entries += [
        Patch(color=FILLER, label="filler"),
        Patch(facecolor=PAPER, edgecolor=FILLER, label="gap"),
        Patch(color=SHADES[0][1], label="twilight"),
    ]
    figure.legend(handles=entries, loc="lower left", ncols=len(entries), frameon=False,
                  bbox_to_anchor=(0.075, 0.0), fontsize=9, handlelength=1.2, handleheight=0.9,
                  columnspacing=1.4, handletextpad=0.5)  # fmt: skip
    note = "number: priority; times in UTC" if picture.requests else "times in UTC"
    figure.text(0.99, 0.16 / figure.get_figheight(), note, ha="right", va="center",
                fontsize=9, color=QUIET)  # fmt: skip


def _hours(seconds: float) -> str:
    hours, rest = divmod(round(seconds), 3600)
    return f"{hours} h {rest // 60:02d} min" if hours else f"{rest // 60} min {rest % 60:02d} s"


def save(figure: Figure, stem: Path) -> None:
    """Write STEM.png and STEM.svg, without the time of writing."""
    with mpl.rc_context(STYLE):
        figure.savefig(stem.with_suffix(".png"), metadata={"Software": None})
        figure.savefig(stem.with_suffix(".svg"), metadata={"Date": None, "Creator": None})


def _read(source: str) -> Any:
    if source.startswith(("http://", "https://")):
        key = ClientSettings().api_key.get_secret_value()
        answer = httpx.get(source, headers={"X-API-Key": key}, timeout=10.0)
        return answer.raise_for_status().json()
    text = sys.stdin.read() if source == "-" else Path(source).read_text(encoding="utf-8")
    return json.loads(text)


def main() -> None:
    """Read the command line, draw, write."""
    parser = argparse.ArgumentParser(prog="python -m tools.plot_night", description=__doc__)
    parser.add_argument("source", help="the schedule: a file, a URL, or - for standard input")
    parser.add_argument("--output", type=Path, required=True, metavar="STEM")
    parser.add_argument("--requests", metavar="FILE", help="who asked for what")
    given = parser.parse_args()
    requests = _read(given.requests) if given.requests else ()
    save(draw(read_picture(_read(given.source), requests)), given.output)


if __name__ == "__main__":
    main()
