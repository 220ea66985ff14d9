"""Pages of other sites, open in the same browser, cannot swap a checkpoint: neither across origins nor by rebinding."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest
import websockets
from fastapi import FastAPI
from fastapi.responses import HTMLResponse
from playwright.async_api import Browser

from bot.platforms.http import serve
from bot.platforms.port import bind
from tests.bot.platforms.console.conftest import Console, console_process

pytestmark = pytest.mark.asyncio(loop_scope="session")

ATTACK = """async (url) => {
  const tried = [];
  const socket = new WebSocket(url.replace('http', 'ws') + '/_nicegui_ws/socket.io/?EIO=4&transport=websocket');
  tried.push(await new Promise((end) => { socket.onopen = () => end('open'); socket.onerror = () => end('closed'); }));
  for (const path of ['/', '/_nicegui_ws/socket.io/?EIO=4&transport=polling', '/reports/hanako/report.html']) {
    const options = {method: path === '/' ? 'POST' : 'GET', mode: 'cors', credentials: 'include', body: undefined};
    tried.push(await fetch(url + path, options).then((answer) => answer.text(), () => 'closed'));
  }
  return tried;
}"""


@asynccontextmanager
async def evil_site() -> AsyncIterator[str]:
    """A page of somebody else, on another port of this machine: as near as a foreign page can come."""
    app = FastAPI()

    @app.get("/")
    async def page() -> HTMLResponse:
        return HTMLResponse("<!doctype html><title>free kittens</title>")

    listener = bind(0, what="a test", setting="none")
    serving = asyncio.create_task(serve(app, listener))
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        serving.cancel()
        await asyncio.gather(serving, return_exceptions=True)


async def test_a_page_of_another_origin_gets_nothing_and_swaps_nothing(console: Console, browser: Browser) -> None:
    num_swaps = len(console.worker.swaps)
    async with evil_site() as evil:
        page = await browser.new_page()
        await page.goto(evil)
        tried = await page.evaluate(ATTACK, console.url)
        await page.close()
    assert tried == ["closed"] * 4
    assert len(console.worker.swaps) == num_swaps


@pytest.mark.parametrize("host", ["rebound.example", "rebound.example:8641", "127.0.0.1.rebound.example"])
async def test_a_name_rebound_to_this_machine_gets_nothing(console: Console, host: str) -> None:
    async with httpx.AsyncClient(trust_env=False) as client:
        for path in ("/", "/checkpoints", "/_nicegui_ws/socket.io/?EIO=4&transport=polling", "/healthz"):
            assert (await client.get(f"{console.url}{path}", headers={"Host": host})).status_code == 403
    address = console.url.replace("http", "ws") + "/_nicegui_ws/socket.io/?EIO=4&transport=websocket"
    with pytest.raises(websockets.InvalidStatus):
        await websockets.connect(address, additional_headers={"Host": host}, origin=f"http://{host}", proxy=None)


async def test_without_a_key_nobody_listens_beyond_this_machine(console: Console) -> None:
    port = console.url.rpartition(":")[2]
    with pytest.raises(OSError):
        await asyncio.open_connection("127.0.0.2", int(port))


async def test_a_report_of_an_imported_checkpoint_runs_nothing(console: Console, browser: Browser) -> None:
    report = console.home / "checkpoints" / "taro" / "report" / "planted.html"
    report.write_text("<!doctype html><title>card</title><script>document.title = 'ran'</script>", encoding="utf-8")
    page = await browser.new_page()
    await page.goto(f"{console.url}/reports/taro/planted.html")
    assert await page.title() == "card"
    await page.close()


@pytest.mark.slow
async def test_with_a_key_another_address_is_served_to_whoever_knows_it(console: Console) -> None:
    settings = {
        "SENPAI_CONSOLE_HOST": "0.0.0.0",
        "SENPAI_CONSOLE_KEY": "tsuki",
        "SENPAI_WORKER_URL": console.worker.url,
        "SENPAI_DATABASE_URL": f"sqlite+aiosqlite:///{console.home / 'locked.db'}",
    }
    async with console_process(console.home, **settings) as url:
        elsewhere = url.replace("127.0.0.1", "127.0.0.2")
        async with httpx.AsyncClient(trust_env=False, base_url=elsewhere, follow_redirects=True) as client:
            assert (await client.get("/checkpoints")).status_code == 401
            await client.post("/unlock", data={"key": "tsuki"})
            shelf = await client.get("/checkpoints")
            assert shelf.status_code == 200
            assert json.dumps("hanako") in shelf.text
