"""Stop at once when asked: jobs first, then this process."""

from __future__ import annotations

import os
import signal
import socket
import threading

import psutil

GRACE_S = 3.0


def stop_on_signals() -> None:
    """From now on SIGINT and SIGTERM end this process within the grace time, and every job it runs with it.

    A plain handler does not do: while a task runs in this process, Airflow puts its own in place and takes an
    interrupt for a failed try. The kernel's wake-up byte arrives whatever handler is set. The run stays unfinished
    in the metadata database, and the next process resumes it.
    """
    receiver, sender = socket.socketpair()
    sender.setblocking(False)
    signal.set_wakeup_fd(sender.fileno(), warn_on_full_buffer=False)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda _number, _frame: None)
    threading.Thread(target=_watch, args=(receiver, sender), name="stop-on-signals", daemon=True).start()


def _watch(receiver: socket.socket, _kept_open: socket.socket) -> None:
    while True:
        number = receiver.recv(1)[0]
        if number in (signal.SIGINT, signal.SIGTERM):
            _end_children()
            os._exit(128 + number)


def _end_children() -> None:
    children = psutil.Process().children(recursive=True)
    for child in children:
        _signal(child, signal.SIGTERM)
    _, alive = psutil.wait_procs(children, timeout=GRACE_S)
    for child in alive:
        _signal(child, signal.SIGKILL)


def _signal(process: psutil.Process, number: signal.Signals) -> None:
    try:
        process.send_signal(number)
    except psutil.NoSuchProcess:
        return
