#!/usr/bin/env python3
"""Writes an archive as CIFAR-10's is one, with one member more that an archive should not have, for FetchDataTests.swift.

    make_archive.py PATH KIND     KIND: good, parent, absolute, link, hard-link, device, incomplete
"""

import io
import sys
import tarfile

path, kind = sys.argv[1:]
FOLDER = "cifar-10-batches-bin"


def add(archive, name, data=b"", **properties):
    member = tarfile.TarInfo(name)
    member.size = len(data)
    for key, value in properties.items():
        setattr(member, key, value)
    archive.addfile(member, io.BytesIO(data))


with tarfile.open(path, "w:gz") as archive:
    add(archive, FOLDER, type=tarfile.DIRTYPE, mode=0o755)
    names = [f"data_batch_{number}.bin" for number in range(1, 6)] + ["test_batch.bin", "readme.html"]
    if kind == "incomplete":
        names.remove("data_batch_3.bin")
    for index, name in enumerate(names):
        add(archive, f"{FOLDER}/{name}", bytes([index]) * 3073)
    if kind == "parent":
        add(archive, f"{FOLDER}/../../escaped", b"x")
    if kind == "absolute":
        add(archive, "/tmp/escaped", b"x")
    if kind == "link":
        add(archive, f"{FOLDER}/extra", type=tarfile.SYMTYPE, linkname="/etc/passwd")
    if kind == "hard-link":
        add(archive, f"{FOLDER}/extra", type=tarfile.LNKTYPE, linkname=f"{FOLDER}/../../../etc/passwd")
    if kind == "device":
        add(archive, f"{FOLDER}/extra", type=tarfile.CHRTYPE)
