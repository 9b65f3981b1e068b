"""Where blocks are computed: threads of this process, processes of this machine, or a Dask cluster.

Each backend is a function that yields the blocks asked for in whatever order they are ready; the blocks have the same
bits everywhere. A worker that dies loses nothing: its blocks are computed again by another.
"""

from __future__ import annotations

import hashlib
import pickle
import re
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, ThreadPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context
from typing import TYPE_CHECKING, Any

from ringfence.errors import MissingExtraError, RunError
from ringfence.risk.job import Block, Job, compute, engine_version

if TYPE_CHECKING:
    from distributed import Client

Backend = Callable[[Job, Sequence[int]], Iterator[Block]]
#: Times a block is handed out again after the worker that had it died.
_LIVES = 8
_CONNECT = 20
_ADDRESS = re.compile(r"[a-z]+://[^\s/]+:\d{1,5}|inproc://\S+")


def threads(count: int = 2) -> Backend:
    """Compute in this process; the next block is under way while one is being reduced.

    Parameters
    ----------
    count
        Threads that share each block.
    """

    def blocks(job: Job, numbers: Sequence[int]) -> Iterator[Block]:
        with ThreadPoolExecutor(1) as ahead:
            coming: Future[Block] | None = None
            for number in numbers:
                now, coming = coming, ahead.submit(compute, job, number, count)
                if now is not None:
                    yield now.result()
            if coming is not None:
                yield coming.result()

    return blocks


class Pool:
    """Compute in processes of this machine, shared by every job that is run on it.

    Parameters
    ----------
    workers
        Processes.
    """

    def __init__(self, workers: int = 2) -> None:
        self.workers = workers
        self._executor: ProcessPoolExecutor | None = None

    def __call__(self, job: Job, numbers: Sequence[int]) -> Iterator[Block]:
        """Yield blocks as they are ready; a block whose process died is computed again by a new one."""
        packed = pickle.dumps(job)
        left = list(numbers)
        for _ in range(_LIVES):
            executor = self._open()
            try:
                for block in self._blocks(executor, packed, list(left)):
                    left.remove(block.number)
                    yield block
                return
            except BrokenProcessPool:
                if self._executor is executor:
                    self.close()
        raise RunError(f"worker processes died {_LIVES} times; {len(left)} blocks are not computed")

    def _blocks(self, executor: ProcessPoolExecutor, packed: bytes, numbers: Sequence[int]) -> Iterator[Block]:
        waiting: set[Future[Block]] = set()
        for number in numbers:
            waiting.add(executor.submit(_unpacked_block, packed, number))
            if len(waiting) >= 2 * self.workers:
                done, waiting = wait(waiting, return_when=FIRST_COMPLETED)
                yield from (future.result() for future in done)
        while waiting:
            done, waiting = wait(waiting, return_when=FIRST_COMPLETED)
            yield from (future.result() for future in done)

    def _open(self) -> ProcessPoolExecutor:
        if self._executor is None:
            self._executor = ProcessPoolExecutor(self.workers, mp_context=get_context("spawn"))
        return self._executor

    def close(self) -> None:
        """End the processes."""
        if self._executor is not None:
            self._executor.shutdown(wait=True, cancel_futures=True)
            self._executor = None


#: Jobs a worker has unpacked, by the checksum of what it received; the last few.
_unpacked: dict[bytes, Job] = {}
_JOBS = 8


def _unpacked_block(packed: bytes, number: int) -> Block:
    """Compute a block of a job that travelled."""
    key = hashlib.sha256(packed).digest()
    if key not in _unpacked:
        while len(_unpacked) >= _JOBS:
            _unpacked.pop(next(iter(_unpacked)))
        _unpacked[key] = pickle.loads(packed)
    return compute(_unpacked[key], number)


def cluster(address: str | Any) -> Backend:
    """Compute on a Dask cluster.

    Parameters
    ----------
    address
        Of the scheduler, ``tcp://host:8786``; or a client of it.
    """

    def blocks(job: Job, numbers: Sequence[int]) -> Iterator[Block]:
        client, ours = _client(address)
        try:
            yield from _on_cluster(client, job, numbers)
        finally:
            if ours:
                client.close()  # type: ignore[no-untyped-call]

    return blocks


def _client(address: str | Any) -> tuple[Client, bool]:
    try:
        import distributed
    except ImportError:
        text = "a cluster is reached by Dask, which is not installed: pip install 'ringfence[cluster]'"
        raise MissingExtraError(text) from None
    if not isinstance(address, str):
        return address, False
    if not _ADDRESS.fullmatch(address):
        raise RunError(f"{address} is no address of a Dask scheduler; write it as tcp://host:8786")
    try:
        return distributed.Client(address, timeout=_CONNECT, set_as_default=False), True  # type: ignore[no-untyped-call]
    except (OSError, ValueError, TimeoutError) as error:
        raise RunError(f"no Dask scheduler answers at {address}: {error}") from None


def _on_cluster(client: Client, job: Job, numbers: Sequence[int]) -> Iterator[Block]:
    """Keep a few blocks per worker under way; a block whose worker died goes out again."""
    import distributed
    from distributed.scheduler import KilledWorker

    # A task, not scattered data: if the workers that hold it die, it is made again.
    packed = client.submit(bytes, pickle.dumps(job), key=f"ringfence-job-{job.fingerprint}")
    lives = dict.fromkeys(numbers, _LIVES)
    queue, numbered = list(reversed(numbers)), dict[str, int]()

    ready: Any = distributed.as_completed(loop=client.loop)  # type: ignore[no-untyped-call]

    def hand_out() -> None:
        while queue and ready.count() < max(4, 3 * len(client.scheduler_info(n_workers=-1)["workers"])):
            number = queue.pop()
            key = f"ringfence-{job.fingerprint}-{number}-{_LIVES - lives[number]}"
            numbered[key] = number
            ready.add(client.submit(_remote, packed, number, engine_version(), key=key, retries=_LIVES))

    hand_out()
    for future in ready:
        number = numbered.pop(future.key)
        try:
            yield future.result()
        except KilledWorker:
            lives[number] -= 1
            if not lives[number]:
                raise RunError(f"workers died {_LIVES} times on block {number}; it is not computed") from None
            queue.append(number)
        hand_out()


def _remote(packed: bytes, number: int, version: str) -> Block:
    """Compute a block on a worker, which must have the same version."""
    if engine_version() != version:
        raise RunError(f"a worker has ringfence {engine_version()}, not {version}; install the same version on all")
    return _unpacked_block(packed, number)
