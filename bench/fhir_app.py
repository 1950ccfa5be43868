"""The goal to compare with: FastAPI, with fhir.resources validating the same nine answers, stored as they are."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI, Request
from fhir.resources.questionnaireresponse import QuestionnaireResponse
from psycopg_pool import AsyncConnectionPool

pool = AsyncConnectionPool(os.environ["BARE_DATABASE_URL"], min_size=1, max_size=8, open=False)


@asynccontextmanager
async def lifespan(_: FastAPI) -> AsyncIterator[None]:
    await pool.open()
    async with pool.connection() as connection:
        await connection.execute(
            "create table if not exists bench_fhir (id bigserial primary key, data jsonb not null)"
        )
    yield
    await pool.close()


app = FastAPI(lifespan=lifespan)


@app.post("/QuestionnaireResponse", status_code=201)
async def store(request: Request) -> dict[str, int]:
    """Validate, store, say which."""
    found = QuestionnaireResponse.model_validate_json(await request.body())
    async with pool.connection() as connection:
        row = await (
            await connection.execute(
                "insert into bench_fhir (data) values (%s) returning id", [found.model_dump_json()]
            )
        ).fetchone()
    assert row is not None
    return {"id": row[0]}
