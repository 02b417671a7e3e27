"""The server: `streamlit run app.py`. What people see is drawn by `pages/main.py`."""

import contextlib
from collections.abc import AsyncIterator

import streamlit as st
from starlette.middleware import Middleware

from pages.shared.shell.allowed_hosts import AllowedHosts
from pages.shared.shell.old_addresses import ROUTES
from tlcore import jobs


@contextlib.asynccontextmanager
async def lifespan(app: st.App) -> AsyncIterator[None]:
    with jobs.supervision():
        yield


app = st.App("pages/main.py", lifespan=lifespan, routes=ROUTES, middleware=[Middleware(AllowedHosts)])
