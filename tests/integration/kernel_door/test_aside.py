"""Work beside the event loop: in processes that are few, replaced when they end, and gone when their owner is."""

import asyncio
import os
import sys
import textwrap

import psutil
import pytest

from services.kernel.aside import LARGE_BYTES, Aside, AsideFailed
from services.kernel.errors import Invalid
from services.kernel.shares import ServerFull

LARGE = LARGE_BYTES + 1


@pytest.fixture(scope="module")
def aside():
    made = Aside(within_s=30)
    yield made
    made.close()


async def test_small_work_is_done_here_and_large_work_in_another_process(aside):
    assert await aside.work("a", LARGE_BYTES, os.getpid) == os.getpid()
    first = await aside.work("a", LARGE, os.getpid)
    assert first != os.getpid()
    assert await aside.work("a", LARGE, os.getpid) == first  # It goes on to be used.


async def test_an_error_comes_back_with_its_facts(aside):
    with pytest.raises(Invalid) as refused:
        await aside.work("a", LARGE, _refuse)
    assert (refused.value.message, refused.value.facts) == ("It is wrong.", {"field": "demand.run"})


def _refuse() -> None:
    raise Invalid("It is wrong.", field="demand.run")


async def test_the_loop_goes_on_while_c_code_holds_the_lock_of_another_process(aside):
    await aside.work("a", LARGE, os.getpid)
    looked = 0
    work = asyncio.ensure_future(aside.work("a", LARGE, _count_digits, 150_000))
    while not work.done():
        await asyncio.sleep(0.001)
        looked += 1
    assert await work > 0
    assert looked > 3


def _count_digits(size: int) -> int:
    sys.set_int_max_str_digits(0)
    return len(str(10**size))


async def test_work_that_ends_its_process_fails_alone_and_the_next_gets_another(aside):
    with pytest.raises(AsideFailed):
        await aside.work("a", LARGE, os._exit, 7)
    assert await aside.work("a", LARGE, os.getpid) != os.getpid()


async def test_work_that_takes_too_long_is_ended():
    aside = Aside(within_s=0.5)
    try:
        with pytest.raises(AsideFailed):
            await aside.work("a", LARGE, _for_ever)
        assert aside._idle == []
    finally:
        aside.close()


def _for_ever() -> None:
    while True:
        pass


async def test_one_caller_cannot_have_all_processes_nor_the_whole_queue():
    aside = Aside(workers_max=2, waiting_max=4, within_s=60)
    try:
        busy = [asyncio.ensure_future(aside.work("a", LARGE, _for_ever)) for _ in range(2)]
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        with pytest.raises(ServerFull):
            await aside.work("a", LARGE, os.getpid)
        assert await aside.work("b", LARGE, os.getpid) != os.getpid()
    finally:
        aside.close()
        await asyncio.gather(*busy, return_exceptions=True)


async def test_the_processes_end_with_their_owner_however_it_ends():
    program = """
        import asyncio, os
        from services.kernel.aside import Aside
        async def main():
            print(await Aside().work("a", 1 << 20, os.getpid), flush=True)
            await asyncio.Event().wait()
        if __name__ == "__main__":
            asyncio.run(main())
    """
    command = (sys.executable, "-c", textwrap.dedent(program))
    owner = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
    assert owner.stdout
    worker = psutil.Process(int(await owner.stdout.readline()))
    owner.kill()
    await owner.wait()
    await asyncio.to_thread(psutil.wait_procs, [worker], 20)
    assert not worker.is_running()
