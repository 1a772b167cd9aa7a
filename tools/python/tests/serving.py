"""The daemon as a process of its own."""

from __future__ import annotations

import os
import re
import ssl
import subprocess
import threading
import time
from pathlib import Path
from types import TracebackType

import httpx
import pytest

PATIENCE = 60.0


def binary() -> Path:
    """`maxsimd`, or `maxsim` with its command `serve`."""
    named = os.environ.get("MAXSIMD_BIN")
    if not named:
        pytest.skip("MAXSIMD_BIN names no daemon")
    return Path(named)


def assets() -> Path | None:
    """The folder of pulled models, if it has one."""
    home = os.environ.get("MAXSIMD_HOME")
    return Path(home) if home and any(Path(home, "models").glob("*")) else None


class Served:
    """A daemon on a free port, until the block is over."""

    def __init__(
        self,
        program: Path,
        data: Path,
        home: Path,
        *flags: str,
        key: str | None = None,
        trust: ssl.SSLContext | None = None,
    ) -> None:
        command = [str(program), *(["serve"] if program.name == "maxsim" else [])]
        command += ["--data", str(data), "--listen", "127.0.0.1:0", "--drain-seconds", "1", *flags]
        environment = {key: value for key, value in os.environ.items() if not key.startswith("MAXSIMD_")}
        self._process = subprocess.Popen(
            command, env={**environment, "MAXSIMD_HOME": str(home)}, stderr=subprocess.PIPE, text=True
        )
        self.log: list[str] = []
        self.url = f"{'https' if trust else 'http'}://{self._address()}"
        self._key, self._trust = key, trust
        self._reading = threading.Thread(target=self._read, daemon=True)
        self._reading.start()
        self._wait()

    def _address(self) -> str:
        assert self._process.stderr
        for line in self._process.stderr:
            self.log.append(line)
            found = re.search(r"listening bound=(\S+)", line)
            if found:
                return found[1]
        raise AssertionError(f"the daemon ended: {''.join(self.log)}")

    def _read(self) -> None:
        assert self._process.stderr
        self.log.extend(self._process.stderr)

    def _wait(self) -> None:
        until = time.monotonic() + PATIENCE
        headers = {"authorization": f"Bearer {self._key}"} if self._key else {}
        with httpx.Client(headers=headers, verify=self._trust or True, trust_env=False) as client:
            while client.get(f"{self.url}/readyz").status_code != 200:
                assert time.monotonic() < until, "".join(self.log)
                time.sleep(0.02)

    def __enter__(self) -> Served:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.terminate()
        self._process.wait(PATIENCE)
        self._reading.join(PATIENCE)
        assert self._process.stderr
        self._process.stderr.close()
