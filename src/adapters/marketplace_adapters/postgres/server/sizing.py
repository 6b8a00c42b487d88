"""The embedded server's settings, sized by the machine on which its cluster is made."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Final

_MEGABYTE: Final = 1 << 20
_MEMORY_LIMITS: Final = (Path("/sys/fs/cgroup/memory.max"), Path("/sys/fs/cgroup/memory/memory.limit_in_bytes"))
_MEMORY_UNKNOWN_BYTES: Final = 2 << 30

_SETTINGS: Final = """\
# Settings of the embedded PostgreSQL: yours to change. `marketplace` sets the addresses, the rights to
# connect (pg_hba.conf, pg_ident.conf) and fsync itself at every start.
# Sized once by this machine's memory and by the free space of this disk, when the cluster was made:
shared_buffers = {shared_buffers}MB
effective_cache_size = {effective_cache_size}MB
max_wal_size = {max_wal_size}MB
wal_buffers = 16MB
work_mem = 16MB
maintenance_work_mem = 128MB
max_connections = 100
jit = off
min_wal_size = 128MB
checkpoint_timeout = 15min
wal_level = minimal
max_wal_senders = 0
random_page_cost = 1.1
timezone = 'UTC'
log_timezone = 'UTC'
datestyle = 'ISO, YMD'
default_text_search_config = 'pg_catalog.simple'
log_line_prefix = '%m [%p] %q%u@%d '
log_checkpoints = off
cluster_name = 'marketplace'
"""


def settings_for(folder: Path) -> str:
    """The text of ``postgresql.conf`` for a cluster in the folder, on this machine."""
    return settings_text(memory_bytes(), shutil.disk_usage(folder).free)


def settings_text(memory: int, free: int) -> str:
    """The settings for so many bytes of memory and of free space on the disk.

    A sixteenth of the memory caches pages, 128 MB to 1 GB: a month's run of a large book then finds the pages of its
    keys in memory. The log of changes may grow to an eighth of the free space, 2 to 16 GB, so that a run over a
    million leases (2.4 GB of log) begins no checkpoint, after which every page is logged whole again.
    """
    return _SETTINGS.format(
        shared_buffers=_share(memory, 16, 128, 1024),
        effective_cache_size=_share(memory, 2, 512, 65_536),
        max_wal_size=_share(free, 8, 2048, 16_384),
    )


def memory_bytes() -> int:
    """What this machine has, or what its container may use where that is less."""
    try:
        found = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (OSError, ValueError):
        found = _MEMORY_UNKNOWN_BYTES
    for file in _MEMORY_LIMITS:
        try:
            limit = file.read_text().strip()
        except OSError:
            continue
        if limit.isdecimal():
            found = min(found, int(limit))
    return found


def _share(whole: int, divisor: int, least: int, most: int) -> int:
    """A part of so many bytes in megabytes, within bounds."""
    return max(least, min(most, whole // divisor // _MEGABYTE))
