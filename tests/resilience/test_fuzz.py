"""A hundred thousand bodies, from valid to nonsense: an answer or a 422 with place and reason, and nothing else."""

from __future__ import annotations

import json
import random
from typing import TYPE_CHECKING, Any

import pytest
import structlog
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.json import decode

from api.http.errors import MAX_FAULTS
from api.http.json_documents import InvalidRequest
from api.predict.schema import LEFT_OUT, PredictResponse
from tests.support.api.apps import loaded_app, make_settings, running
from tests.support.faults.asgi_client import Answer, Asked
from tests.support.faults.body_oracle import is_valid

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support.faults.fault_matrix import Matrix

BODIES = 100_000
EXAMPLES, MUTANTS = 1500, 80

ids: st.SearchStrategy[Any] = st.one_of(
    st.integers(1, 140),
    st.sampled_from([0, -1, 2**31 - 1, 2**31, 2**63, 10**400, True, None, 1.0, 1e400, "1", [], {}]),
    st.text(max_size=3) | st.sampled_from(["55", "S-001", "x" * 64, "x" * 65]),
)
names = st.sampled_from(["store_id", "product_id", "store", "product", "Store_id", "storeid", "", "input", "date"])
pairs = st.one_of(
    st.fixed_dictionaries({"store_id": st.integers(1, 14), "product_id": st.integers(100, 132)}),
    st.fixed_dictionaries({"store_id": ids, "product_id": ids}),
    st.fixed_dictionaries({"store": st.text(min_size=1, max_size=5), "product": st.sampled_from(["101", "é", '"'])}),
    st.fixed_dictionaries({"store": ids, "product_id": st.integers(100, 132)}),
    st.dictionaries(names, ids, max_size=3),
)
dates = st.one_of(
    st.dates().map(str),
    st.sampled_from([None, "string", "2024-02-30", "2024-2-3", "0000-00-00", "", "today", 20240101, 0.5, True]),
    st.text(max_size=10),
)
anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8) | names, inner, max_size=3),
    max_leaves=6,
)
good = st.fixed_dictionaries(
    {
        "input": st.lists(
            st.fixed_dictionaries({"store_id": st.integers(1, 2**31 - 1), "product_id": st.integers(1, 2**31 - 1)}),
            min_size=1,
            max_size=4,
        )
    },
    optional={"date": st.dates().map(str), "shown": st.booleans()},
)
requests = st.one_of(
    good,
    good,
    st.fixed_dictionaries({"input": st.lists(pairs, max_size=4)}, optional={"date": dates, "shown": anything}),
    st.fixed_dictionaries({"input": st.lists(pairs, max_size=2) | anything, "date": dates | anything}),
    anything,
)
PIECES = (
    *(b'{}[],:"0123456789.-+eE \t\n\r\x00\\/'[i : i + 1] for i in range(32)),
    *(b"null true false NaN Infinity -Infinity 1e999 \\ud800 \\u0000 \xff \xc0\xaf \xef\xbb\xbf".split()),
    *(b'"store_id" "product_id" "input" "date" "shown" "string" "2024-06-01" {"store_id":1,"product_id":101}'.split()),
    *(b'"store" "product" "S-001" {"store":"1","product":"101"}'.split()),
)


def mutants(body: bytes, chance: random.Random) -> Iterator[bytes]:
    """The body, and others that differ from it in some places."""
    yield body
    for _ in range(MUTANTS):
        mutant = body
        for _ in range(chance.choice((1, 1, 2, 3, 8))):
            start = chance.randrange(len(mutant) + 1)
            end = min(len(mutant), start + chance.choice((0, 0, 1, 1, 2, 5, 20)))
            piece = chance.choice((b"", chance.choice(PIECES), chance.randbytes(1), mutant[start:end] * 2))
            mutant = mutant[:start] + piece + mutant[end:]
        yield mutant


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Asked]:
    app = loaded_app(make_settings(tmp_path_factory.mktemp("fuzz")))
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger("warning"))
    with running(app):
        asked = Asked(app.api, "/quantity/predict")
        yield asked
        asked.close()
    structlog.reset_defaults()


def assert_right(body: bytes, answer: Answer) -> None:
    if is_valid(body):
        assert answer.status == 200, (body, answer)
        request, told = json.loads(body), decode(answer.body, type=PredictResponse)
        asked = [
            {name: getattr(item, name) for name in pair}
            for pair, item in zip(request["input"], told.items, strict=True)
        ]
        assert asked == request["input"], (body, answer)
        if request.get("date", LEFT_OUT) not in (LEFT_OUT, None):
            assert str(told.date) == request["date"], (body, answer)
        return
    assert answer.status == 422, (body, answer)
    refused = InvalidRequest.model_validate_json(answer.body, strict=True)
    assert 1 <= len(refused.detail) == min(refused.error_count, MAX_FAULTS), (body, answer)
    assert all(fault.loc[0] == "body" and fault.msg for fault in refused.detail), (body, answer)


def test_a_hundred_thousand_bodies(asked: Asked, matrix: Matrix) -> None:
    seen: dict[int, int] = {}

    @settings(
        max_examples=EXAMPLES, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck)
    )
    @given(request=requests, seed=st.integers(0, 2**32))
    def try_out(request: Any, seed: int) -> None:
        bodies = list(mutants(json.dumps(request).encode(), random.Random(seed)))
        for body, answer in zip(bodies, asked.post(bodies), strict=True):
            assert_right(body, answer)
            seen[hash(body)] = answer.status

    try_out()
    valid = list(seen.values()).count(200)
    matrix.figures.append(f"fuzz: {len(seen):,} different bodies, {valid:,} of them valid")
    assert len(seen) >= BODIES
    assert valid > BODIES / 100
