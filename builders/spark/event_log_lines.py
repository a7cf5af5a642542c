"""The lines of an event log's file, whatever Spark compressed it with, and however it was cut off."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from io import BufferedReader
from pathlib import Path
from typing import Final

from definitions.errors import RequestError

_CHUNK: Final = 1 << 20
_SMALL_CHUNK: Final = 1 << 12
"""What is lost before the place where a stream of zstd was cut off is less than that."""
_ZSTD: Final = b"\x28\xb5\x2f\xfd"
_LZ4: Final = b"LZ4Block"
_SNAPPY: Final = b"\x82SNAPPY\x00"
_PLAIN_LZ4: Final = 0x10
"""The method of a block of LZ4 that would not get smaller."""


def read_lines(file: Path) -> Iterator[bytes]:
    """The lines of a file, of which the last may be cut off; an application that was killed leaves such files.

    Raises:
        RequestError: it is compressed with what cannot be read here.
    """
    rest = b""
    with file.open("rb") as opened:
        for chunk in _read_chunks(file, opened):
            *lines, rest = (rest + chunk).split(b"\n")
            yield from lines
    if rest:
        yield rest


def _read_chunks(file: Path, opened: BufferedReader) -> Iterator[bytes]:
    start = opened.read(8)
    opened.seek(0)
    if start[:1] in (b"{", b""):
        return iter(lambda: opened.read(_CHUNK), b"")
    if start.startswith(_ZSTD):
        return _read_zstd(opened)
    if start == _LZ4:
        return _read_lz4(opened)
    if start == _SNAPPY:
        return _read_snappy(opened)
    raise RequestError(
        f"{file} is no event log that can be read here: it is neither JSON nor compressed with zstd, lz4 or snappy; "
        "run the application with spark.eventLog.compress=false, or spark.eventLog.compression.codec=zstd"
    )


def _read_zstd(opened: BufferedReader) -> Iterator[bytes]:
    import pyarrow as pa

    with pa.CompressedInputStream(opened, "zstd") as stream:
        while True:
            try:
                chunk = stream.read(_SMALL_CHUNK)
            except OSError:  # cut off within a frame
                return
            if not chunk:
                return
            yield chunk


def _read_lz4(opened: BufferedReader) -> Iterator[bytes]:
    """Blocks as lz4-java frames them: the magic, a method, two lengths and a checksum before each."""
    import pyarrow as pa

    codec = pa.Codec("lz4_raw")
    while len(header := opened.read(21)) == 21:
        method, compressed, length = struct.unpack_from("<Bii", header, 8)
        block = opened.read(compressed)
        if len(block) < compressed:
            return
        if length:
            yield block if method & 0xF0 == _PLAIN_LZ4 else codec.decompress(block, length, asbytes=True)


def _read_snappy(opened: BufferedReader) -> Iterator[bytes]:
    """Blocks as snappy-java frames them: a header of 16 bytes, then a length before each."""
    import pyarrow as pa

    codec = pa.Codec("snappy")
    opened.read(16)
    while len(header := opened.read(4)) == 4:
        (compressed,) = struct.unpack(">i", header)
        block = opened.read(compressed)
        if len(block) < compressed:
            return
        yield codec.decompress(block, _snappy_length(block), asbytes=True)


def _snappy_length(block: bytes) -> int:
    """The length of what a block holds, of which it begins with seven bits a byte, the lowest first."""
    length = 0
    for position, byte in enumerate(block):
        length |= (byte & 0x7F) << (7 * position)
        if byte < 0x80:
            break
    return length
