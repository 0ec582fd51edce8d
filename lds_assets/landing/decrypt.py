"""Decryption through GnuPG: one process per file, plain text only through a pipe."""

import subprocess
from collections.abc import Iterable, Iterator, Sequence
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


def encrypt(chunks: Iterable[bytes], like: Path, target: Path, gnupg_home: Path | None) -> None:
    """Write bytes encrypted to the keys that another file was encrypted to.

    Args:
        chunks: the plain bytes; they are on no disk.
        like: an encrypted file; ``target`` opens with the same keys.

    Raises:
        Held: no key ring is set, its keys are not in it, or GnuPG fails.
    """
    if gnupg_home is None:
        raise _held(like, "no key ring is set", "set LDS_GNUPG_HOME to the platform's key ring")
    command = [GPG, "--homedir", str(gnupg_home), "--batch", "--quiet", "--no-tty", "--yes"]
    recipients = [part for key in _keys_of(like, command) for part in ("--recipient", key)]
    process = subprocess.Popen(  # noqa: S603 - fixed command, paths are single arguments
        [*command, "--trust-model", "always", *recipients, "--output", str(target), "--encrypt"],
        stdin=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    with process:
        stream = process.stdin
        if stream is None:
            raise ValueError("GnuPG was started without a pipe")
        try:
            for chunk in chunks:
                stream.write(chunk)
        except BaseException:
            process.kill()
            raise
    if process.returncode != 0 or not recipients:
        raise _held(
            like, "it cannot be encrypted again", "see whether its keys are in the key ring"
        )


def _keys_of(path: Path, command: Sequence[str]) -> list[str]:
    """Return the ids of the keys a file was encrypted to."""
    told = subprocess.run(  # noqa: S603 - fixed command, the path is one argument
        [*command, "--status-fd", "1", "--list-only", "--decrypt", "--", str(path)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        check=False,
    )
    lines = told.stdout.decode("ascii", "replace").splitlines()
    return [line.split()[2] for line in lines if line.startswith("[GNUPG:] ENC_TO")]
