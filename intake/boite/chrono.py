"""The time one page may take: its own, whatever else keeps the machine busy."""

import signal


def start_page(seconds: float) -> None:
    """Let this process die, by SIGPROF, once it has used so many seconds of processor.

    Called at each page, the count starts again; 0 lifts the limit. A library that loops
    cannot hold the signal back.
    """
    signal.setitimer(signal.ITIMER_PROF, seconds)
