"""Decryption through GnuPG: one process per file, plain text only through a pipe."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from lds_assets.errors import Held
from lds_assets.landing.states import Reason

GPG = "gpg"
CHUNK = 1 << 20


@contextmanager
def plain_bytes(path: Path, gnupg_home: Path | None) -> Iterator[Iterator[bytes]]:
    """Open an encrypted file as a stream of its plain bytes.

    The stream may be believed only when the block has ended without an error: GnuPG tells at the
    end whether the file was whole.

    Raises:
        Held: no key ring is set, GnuPG is not there, or the file cannot be decrypted.
    """
    if gnupg_home is None:
        raise _held(path, "no key ring is set", "set LDS_GNUPG_HOME to the platform's key ring")
    command = [GPG, "--homedir", str(gnupg_home), "--batch", "--quiet", "--no-tty"]
    try:
        process = subprocess.Popen(  # noqa: S603 - fixed command, the path is one argument
            [*command, "--decrypt", "--", str(path)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
    except OSError:
        raise _held(path, "GnuPG is not installed", "install the gnupg package") from None
    with process:
        stream = process.stdout
        if stream is None:
            raise ValueError("GnuPG was started without a pipe")
        try:
            yield iter(lambda: stream.read(CHUNK), b"")
        except BaseException:
            process.kill()
            raise
    if process.returncode != 0:
        raise _held(
            path,
            "the file cannot be decrypted",
            "see whether the copy is whole and was encrypted to the platform's key; "
            "if so, ask the supplier to send it again",
        )


def _held(path: Path, what: str, to_do: str) -> Held:
    return Held(
        f"{path.name}: {what}",
        where=path.name,
        done="delivery held, others go on",
        to_do=to_do,
        code=Reason.DECRYPT_FAIL,
    )
