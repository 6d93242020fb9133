"""Streams of random numbers: one for each use, all derived from the seeds in `params.yaml`."""

import hashlib

import numpy as np


def rng_for(seed: int, *purpose: str | int) -> np.random.Generator:
    """Make the generator for one purpose.

    Streams for different purposes are independent, and none depends on how many others there are:
    adding a variant, a seed or a draw changes no number of the others.

    Args:
        seed: at least 0.
        *purpose: what the numbers are for, from general to special: `"labels", draw`.

    Returns:
        A generator that always gives the same numbers for the same arguments.
    """
    name = hashlib.sha256("/".join(map(str, purpose)).encode()).digest()
    return np.random.default_rng([seed, int.from_bytes(name[:16], "little")])


def derive_seed(seed: int, *purpose: str | int) -> int:
    """Draw one seed for a library that wants an integer.

    Args:
        seed: at least 0.
        *purpose: as for `rng_for`.

    Returns:
        An integer in [0, 2**31).
    """
    return int(rng_for(seed, *purpose).integers(2**31))
