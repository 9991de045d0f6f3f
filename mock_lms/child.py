"""`mock-lms serve` as a child: it ends when its standard input does, which is when its parent does."""

from __future__ import annotations

import os
import signal
import sys
import threading

from mock_lms.__main__ import main
from mock_lms.services import passwords


def _end_with_input() -> None:
    while os.read(0, 1024):
        pass
    os.kill(os.getpid(), signal.SIGTERM)


if __name__ == "__main__":
    # its passwords are random, and tests take a token far more often than people do
    passwords.METHOD = "pbkdf2:sha256:1"
    threading.Thread(target=_end_with_input, daemon=True).start()
    main(["serve", *sys.argv[1:]], quiet=True)
