"""Patience: requests that are sent again, because that does no harm and may well help."""

from __future__ import annotations

import time

from cli.ports import Answer
from cli.session import BUSY, Session, no_answer, was_sent
from models.errors import Unreachable

PAUSES = (0.5, 3.0)
"""Seconds before the second and the third try, where the server names no other."""

PATIENCE = 10.0
"""Seconds after which nothing is sent again."""


def ask_patiently(session: Session, method: str, path: str, body: object) -> Answer:
    """One request that may be sent twice without harm, and is if it need be.

    It is sent again if the server is busy, or if what became of it is unknown; not if
    nobody was there from the start.

    Parameters
    ----------
    session
        The server.
    method, path, body
        The request.

    Raises
    ------
    Failure
        No answer came, nor to a repetition.
    """
    deadline = time.monotonic() + PATIENCE
    lost: Unreachable | None = None
    for usual_pause in (*PAUSES, None):
        answer: Answer | None = None
        try:
            limit = max(1.0, deadline - time.monotonic())
            answer = session.api.send(method, path, body=body, timeout=limit)
            what = f"the server answered {answer.status}"
        except Unreachable as error:
            if lost is None and not was_sent(error):
                raise no_answer(error) from error
            lost = error if lost is None else lost
            what = error.detail
        if answer is not None and answer.status not in BUSY:
            return answer
        asked = answer.retry_after if answer is not None else None
        pause = usual_pause if asked is None else asked
        if usual_pause is None or pause is None or time.monotonic() + pause > deadline:
            break
        session.output.note(f"nightplan: {what}; the same request is sent again in {pause:g} s")
        time.sleep(pause)
    if answer is not None:
        return answer
    assert lost is not None  # noqa: S101 - there was no answer
    raise no_answer(lost) from lost
