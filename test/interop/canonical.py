# SPDX-License-Identifier: Apache-2.0
"""One text per row that does not depend on who read it: how readers with different types are compared."""
import datetime
import decimal
import hashlib
import json
import math
import uuid

UTC = datetime.timezone.utc


def number(value):
    """Whole numbers, decimals and floats by value: 1.50 and 1.5 are equal, floats by shortest text."""
    if isinstance(value, float):
        if math.isnan(value) or math.isinf(value):
            return {"NaN": "NaN", "inf": "Infinity", "-inf": "-Infinity"}[str(value).replace("nan", "NaN")]
        value = decimal.Decimal(repr(value))
    value = decimal.Decimal(value)
    return "0" if value == 0 else format(value.normalize(), "f")


def instant(value):
    zoned = value.tzinfo is not None
    text = (value.astimezone(UTC).replace(tzinfo=None) if zoned else value).isoformat(timespec="microseconds")
    return text + ("Z" if zoned else "")


def canonical(value):
    """A JSON-able value; maps become sorted pairs."""
    if value is None or isinstance(value, (bool, str)):
        return value
    if isinstance(value, (int, float, decimal.Decimal)):
        return number(value)
    if isinstance(value, datetime.datetime):
        return instant(value)
    if isinstance(value, (datetime.date, datetime.time)):
        return value.isoformat()
    if isinstance(value, (bytes, bytearray, memoryview)):
        return bytes(value).hex()
    if isinstance(value, uuid.UUID):
        return value.hex
    if isinstance(value, dict):
        return {key: canonical(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [canonical(item) for item in value]
    raise TypeError(f"no canonical form for {type(value)}: {value!r}")


def digest(rows):
    """Number of rows and an order-free digest of them; equal digests mean equal multisets of rows."""
    texts = sorted(json.dumps(canonical(row), sort_keys=True, ensure_ascii=False) for row in rows)
    return len(texts), hashlib.sha256("\n".join(texts).encode("utf-8", "surrogatepass")).hexdigest()


def first_difference(left, right):
    """The first row that one side has and the other has not, for the message of a failed test."""
    texts = [sorted(json.dumps(canonical(row), sort_keys=True, ensure_ascii=False) for row in rows)
             for rows in (left, right)]
    for a, b in zip(*texts):
        if a != b:
            at = next((i for i, (x, y) in enumerate(zip(a, b)) if x != y), min(len(a), len(b)))
            return f"...{a[max(0, at - 80):at + 120]}\n...{b[max(0, at - 80):at + 120]}"
    return f"{len(texts[0])} rows against {len(texts[1])}"
