"""The API against its own schema, and against files of music spoilt at random."""

from __future__ import annotations

import asyncio
import time

import httpx
import numpy as np
import psutil
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

N_SPOILT = 1000
_AT_ONCE = 20
_KINDS = (".mid", ".musicxml", ".abc")

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]


def test_nothing_is_answered_that_the_schema_does_not_tell_of(service) -> None:
    schema = schemathesis.openapi.from_url(f"{service.url}/openapi.json")
    operations = [found.ok() for found in schema.get_all_operations()]
    assert len(operations) == sum(len(of) for of in schema.raw_schema["paths"].values())
    for operation in operations:
        _try(operation, service)


def _try(operation, service) -> None:
    @settings(max_examples=12, suppress_health_check=list(HealthCheck))
    @given(case=operation.as_strategy())
    def holds(case) -> None:
        query = case.query or {}
        if operation.method == "post" and query.get("wait", 10) == 10:
            case.query = {**query, "wait": 0}  # the job's end is not awaited
        answer = case.call_and_validate(checks=CHECKS, timeout=60)
        if answer.status_code == 202:
            service.client.delete(f"/v1/jobs/{answer.json()['id']}")

    holds()


def spoilt(content: bytes, rng: np.random.Generator) -> bytes:
    """Return a file with bytes changed, cut out, doubled or cut off."""
    data = bytearray(content)
    for _ in range(int(rng.integers(1, 6))):
        if not data:
            break
        at = int(rng.integers(len(data)))
        length = int(rng.integers(1, 40))
        how = rng.integers(5)
        if how == 0:
            data[at] = rng.integers(256)
        elif how == 1:
            data[at : at + length] = rng.bytes(length)
        elif how == 2:
            del data[at : at + length]
        elif how == 3:
            data[at:at] = data[at : at + length]
        else:
            del data[max(at, 1) :]
    return bytes(data)


def test_spoilt_files_bring_no_fault_and_leave_nothing(start, examples) -> None:
    service = start("--rate=0", "--keep-hours=0.0001", "--workers=2")
    files = [path for path in sorted(examples.iterdir()) if path.suffix in _KINDS]
    rng = np.random.default_rng(0)
    uploads = [spoilt(files[i % len(files)].read_bytes(), rng) for i in range(N_SPOILT)]
    before = {child.pid for child in psutil.Process(service.process.pid).children(recursive=True)}

    async def send() -> list[httpx.Response]:
        gate = asyncio.Semaphore(_AT_ONCE)
        async with httpx.AsyncClient(base_url=service.url, timeout=120) as client:

            async def one(number: int) -> httpx.Response:
                async with gate:
                    task = "repair" if number % 20 == 0 else "score"
                    form = {"file": (f"{number}.mid", uploads[number])}
                    return await client.post(f"/v1/{task}?wait=30", files=form)

            return await asyncio.gather(*(one(number) for number in range(N_SPOILT)))

    answers = asyncio.run(send())
    codes = [answer.status_code for answer in answers]
    assert set(codes) <= {200, 415, 422}
    assert codes.count(422) > N_SPOILT / 20  # many are spoilt indeed
    told = [answer.json()["error"]["type"] for answer in answers if answer.status_code == 422]
    assert not {"Unexpected", "BadFile", "Crashed", "TooSlow", "TooLarge"} & set(told)
    after = {child.pid for child in psutil.Process(service.process.pid).children(recursive=True)}
    assert after == before
    service.stop()
    service.start()  # it expires what is over as it begins
    until = time.monotonic() + 30
    while left := list((service.storage / "jobs").iterdir()):
        assert time.monotonic() < until, left
        time.sleep(0.2)
