"""What the desk does by itself."""

from collections.abc import Awaitable, Callable

import anyio

from litterwatch.service.desk.chores import Chore, Chores


def ran(work: Callable[[], Awaitable[None]]) -> None:
    async def main() -> None:
        with anyio.fail_after(30):
            await work()

    anyio.run(main)


def test_a_chore_that_fails_is_done_later_and_holds_up_no_other() -> None:
    done: list[str] = []

    def fail() -> None:
        done.append("failed")
        raise RuntimeError("a fault")

    async def work() -> None:
        chores = Chores(
            [Chore(0.01, fail), Chore(3600, lambda: done.append("daily")), Chore(0.01, stop)]
        )

        async with anyio.create_task_group() as group:
            group.start_soon(chores.work)
            await stopping.wait()
            chores.close()

    stopping = anyio.Event()

    def stop() -> None:
        if done.count("failed") >= 3:
            anyio.from_thread.run_sync(stopping.set)

    ran(work)
    assert done.count("failed") >= 3
    assert done.count("daily") == 1
