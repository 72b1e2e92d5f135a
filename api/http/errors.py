"""Requests that are refused; every answer is JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from api.http.json_documents import JsonResponse

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pydantic import ValidationError
    from starlette.requests import Request
    from starlette.responses import Response

MAX_FAULTS = 20
"""A 422 lists so many faults, and counts the rest."""

MAX_NAME = 100
"""Field names in a fault's place come from the request: longer ones are cut."""

CLIENT_LEFT = 499
"""Nobody reads this answer; the status is for the log and the metrics, as nginx has it."""


class RefusedError(Exception):
    """A request that gets an answer other than the one it asked for.

    Args:
        status: HTTP status of the answer.
        content: body of the answer.
        headers: headers of the answer.
    """

    def __init__(self, status: int, content: Mapping[str, Any], headers: Mapping[str, str] | None = None) -> None:
        super().__init__(status, content)
        self.status = status
        self.content = content
        self.headers = headers

    def response(self) -> Response:
        """The answer."""
        return JsonResponse(self.content, self.status, self.headers)


def invalid_request(error: ValidationError) -> RefusedError:
    """422 with the place and the reason of each fault of a body; never a value of the request."""
    return _invalid("body", error)


def invalid_query(error: ValidationError) -> RefusedError:
    """422 with the place and the reason of each fault of an address."""
    return _invalid("query", error)


def repeated_parameters(names: Sequence[str]) -> RefusedError:
    """422 with the parameters that an address has more than once."""
    return _given_twice("query", [[name] for name in names])


def _invalid(where: str, error: ValidationError) -> RefusedError:
    faults = error.errors(include_url=False, include_context=False, include_input=False)
    detail = [
        {"loc": [where, *map(_short, fault["loc"])], "msg": fault["msg"], "type": fault["type"]}
        for fault in faults[:MAX_FAULTS]
    ]
    return RefusedError(422, {"detail": detail, "error_count": len(faults)})


def too_many_fields(max_pairs: int) -> RefusedError:
    """422 for a body with so many fields that to list what is wrong with them would hold up others."""
    return _invalid_body(
        f"Input should have at most {max_pairs} pairs, and no fields but theirs, `date` and `shown`", "too_many_fields"
    )


def not_utf8(what_it_is: str) -> RefusedError:
    """422 for a body in another encoding than JSON's."""
    return _invalid_body(f"Invalid JSON: the body should be UTF-8, and is {what_it_is}", "json_invalid")


def repeated_keys(places: Sequence[Sequence[int | str]]) -> RefusedError:
    """422 with the place of each key that an object has more than once."""
    return _given_twice("body", places)


def _given_twice(where: str, places: Sequence[Sequence[int | str]]) -> RefusedError:
    detail = [
        {"loc": [where, *map(_short, place)], "msg": "Key should be given once", "type": "repeated_key"}
        for place in places[:MAX_FAULTS]
    ]
    return RefusedError(422, {"detail": detail, "error_count": len(places)})


def invalid_gzip(reason: str) -> RefusedError:
    """422 for a body that is not the gzip file that its headers call it."""
    return _invalid_body(reason, "gzip_invalid")


def unsupported_encoding() -> RefusedError:
    """415 with the content encoding that there is."""
    reason = "the body's Content-Encoding should be gzip, or left out"
    return RefusedError(415, {"detail": reason}, {"Accept-Encoding": "gzip"})


def body_too_large(limit: int) -> RefusedError:
    """413 with the limit, in bytes."""
    return RefusedError(413, {"detail": f"the body is larger than {limit} bytes"})


def body_too_slow(seconds: float) -> RefusedError:
    """408; nobody can tell where the next request would begin, so the connection ends."""
    return RefusedError(408, {"detail": f"the body did not arrive within {seconds:g} seconds"}, {"Connection": "close"})


def not_ready(reasons: Sequence[str], retry_after_seconds: float) -> RefusedError:
    """503 with what is missing and what to run."""
    headers = {"Retry-After": str(max(1, round(retry_after_seconds)))}
    return RefusedError(503, {"detail": "; ".join(reasons)}, headers)


def not_found(reason: str) -> RefusedError:
    """404 with what there is not."""
    return RefusedError(404, {"detail": reason})


def client_left() -> RefusedError:
    """The client closed the connection before its request was complete."""
    return RefusedError(CLIENT_LEFT, {"detail": "the request ended before its body was complete"})


async def refuse(_request: Request, error: Exception) -> Response:
    """The exception handler of `RefusedError`."""
    if not isinstance(error, RefusedError):
        raise error
    return error.response()


def _invalid_body(reason: str, kind: str) -> RefusedError:
    return RefusedError(422, {"detail": [{"loc": ["body"], "msg": reason, "type": kind}], "error_count": 1})


def _short(place: int | str) -> int | str:
    return place if isinstance(place, int) or len(place) <= MAX_NAME else place[:MAX_NAME] + "…"
