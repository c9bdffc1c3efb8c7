# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Creates a virtual environment with everything the project needs, including the collections amazon.aws and keyless.ec2.

Usage: PYTHON tools/setup.py dev|floor|newest|bench|elsewhere|mutation|release

bench, elsewhere, mutation and release contain tools that conflict with the others.

The environment is recreated when its contents have changed. The stamp is written last, so an interrupted set-up is repeated.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parent.parent
REQUIREMENTS = CHECKOUT / "tools" / "requirements"
UV = REQUIREMENTS / "uv.txt"


@dataclass(frozen=True)
class Environment:
    folder: Path
    requirements: Path
    # Collections to unpack from the package `ansible`, because Galaxy may be out of reach: pairs of the package's version and the collection
    collections_of: tuple[tuple[str, str], ...] = ()
    # Whether to link the checkout as keyless.ec2, and the emulator
    with_checkout: bool = True

    @property
    def python(self) -> Path:
        return self.folder / "bin" / "python"

    @property
    def stamp(self) -> Path:
        return self.folder / "stamp"

    @property
    def collections(self) -> Path:
        version = "python{}.{}".format(*sys.version_info)
        return self.folder / "lib" / version / "site-packages" / "ansible_collections"


# The newest amazon.aws that this Python's ansible-core supports: 11.4.0 or 10.3.0
AMAZON = "14.5.0" if sys.version_info >= (3, 12) else "12.3.0"
COLLECTIONS = ((AMAZON, "amazon/aws"), ("11.13.0", "awx/awx"))  # awx.awx 24.6.1
OLDEST = (("12.0.0", "amazon/aws"),)  # 10.1.1
NEWEST = (("15.0.0a3", "amazon/aws"),)  # 12.0.0
# SHA-256 of the package `ansible`, as a wheel
ANSIBLE = {
    "14.5.0": "245623ccc2d31d0f6f4bdb63168d550cad305fb032cc43d96e8f61ce8ab0ba84",
    "12.3.0": "cd156f82fa87f7a899212b0efa9f7ca3a24d609212de9f78428a572eb01e5414",
    "11.13.0": "7f1c9c6a6026ff214d9240647e4d2b019b2a9d4c7a2bc733932bcf92af80ab04",
    "12.0.0": "1a17f8c593a973e6d81f10ebfe7eac53e799616f745d57b99bd36b34f79f16a2",
    "15.0.0a3": "0b25d8bdfd17ff3884eea0d1953d534ce3ed3c8994526ca3cba8492d63256934",
}

ENVIRONMENTS = {
    "dev": Environment(CHECKOUT / ".venv", REQUIREMENTS / "dev.txt", COLLECTIONS),
    "floor": Environment(CHECKOUT / ".venv-floor", REQUIREMENTS / "floor.txt", OLDEST),
    "newest": Environment(CHECKOUT / ".venv-newest", REQUIREMENTS / "newest.txt", NEWEST),
    "bench": Environment(CHECKOUT / ".venv-bench", REQUIREMENTS / "bench.txt", with_checkout=False),
    "elsewhere": Environment(CHECKOUT / ".venv-elsewhere", REQUIREMENTS / "elsewhere.txt", with_checkout=False),
    "mutation": Environment(CHECKOUT / ".venv-mutation", REQUIREMENTS / "mutation.txt", with_checkout=False),
    "release": Environment(CHECKOUT / ".venv-release", REQUIREMENTS / "release.txt", COLLECTIONS, with_checkout=False),
}


def main() -> None:
    environment = ENVIRONMENTS[sys.argv[1]]
    with only_one_at_a_time():
        if not is_up_to_date(environment):
            build(environment)
    print(describe(environment), flush=True)


@contextlib.contextmanager
def only_one_at_a_time() -> Iterator[None]:
    """Makes concurrent runs of `make` share one set-up."""
    with open(__file__) as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def is_up_to_date(environment: Environment) -> bool:
    with contextlib.suppress(OSError):
        return environment.stamp.read_text() == fingerprint(environment)
    return False


def fingerprint(environment: Environment) -> str:
    """Returns a digest of everything that an environment consists of, including its path, because its scripts name their interpreter."""
    parts = [sys.executable, sys.version, str(CHECKOUT), Path(__file__).read_text(), UV.read_text(), environment.requirements.read_text()]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def build(environment: Environment) -> None:
    print(f"Setting up {environment.folder.name} with {sys.executable}: about 20 seconds, more when packages must be downloaded", flush=True)
    environment.stamp.unlink(missing_ok=True)
    run(sys.executable, "-m", "venv", "--clear", environment.folder)
    install_packages(environment)
    for package, collection in environment.collections_of:
        install_collection(environment, package, collection)
    if environment.collections_of:
        run(environment.python, "-m", "compileall", "-q", environment.collections)
    if environment.with_checkout:
        link_checkout(environment)
        link_emulator(environment)
    environment.stamp.write_text(fingerprint(environment))


def describe(environment: Environment) -> str:
    """Returns the versions of Python and ansible-core in the environment."""
    versions = ["Python {}.{}.{}".format(*sys.version_info)]
    for info in environment.collections.parent.glob("ansible_core-*.dist-info"):
        versions.append(f"ansible-core {info.name.removeprefix('ansible_core-').removesuffix('.dist-info')}")
    return f"{environment.folder.name}: {', '.join(versions)}"


def install_packages(environment: Environment) -> None:
    """Installs with uv, which is fast, or with pip if uv fails: uv ignores pip's configuration (mirrors, certificates).

    Both refuse a package whose hash is not in the file. The bytecode is compiled now. Ansible starts a Python for each task, which takes
    a second longer without bytecode.
    """
    hashed = ("--require-hashes", "--requirement", environment.requirements)
    try:
        pip(environment, "install", "--require-hashes", "--requirement", UV)
        uv = (environment.python, "-m", "uv", "pip", "install", "--quiet", "--compile-bytecode", "--system-certs")
        run(*uv, "--python", environment.python, *hashed)
    except subprocess.CalledProcessError:
        print("uv could not install the packages; trying pip", file=sys.stderr, flush=True)
        pip(environment, "install", "--compile", *hashed)


def install_collection(environment: Environment, version: str, collection: str) -> None:
    """Unpacks one collection of that version of the package `ansible`, which has 90 others, of half a gigabyte."""
    with tempfile.TemporaryDirectory() as folder:
        requirements = Path(folder) / "requirements.txt"
        requirements.write_text(f"ansible=={version} --hash=sha256:{ANSIBLE[version]}\n", encoding="utf-8")
        of_wheel = ("--no-deps", "--only-binary", ":all:", "--require-hashes", "--requirement", requirements)
        pip(environment, "download", *of_wheel, "--dest", folder)
        [wheel] = Path(folder).glob("*.whl")
        with zipfile.ZipFile(wheel) as archive:
            members = [name for name in archive.namelist() if name.startswith(f"ansible_collections/{collection}/")]
            archive.extractall(environment.collections.parent, members)


def pip(environment: Environment, command: str, *arguments: str | Path) -> None:
    run(environment.python, "-m", "pip", command, "-qq", "--disable-pip-version-check", *arguments)


def link_checkout(environment: Environment) -> None:
    """Makes the checkout importable, and available to Ansible as keyless.ec2."""
    link = environment.collections / "keyless" / "ec2"
    link.parent.mkdir()
    link.symlink_to(CHECKOUT, target_is_directory=True)


def link_emulator(environment: Environment) -> None:
    """Makes the emulator importable, like an editable installation, but without downloading a build backend."""
    source = CHECKOUT / "tests" / "emulator" / "src"
    (environment.collections.parent / "keyless_emulator.pth").write_text(f"{source}\n", encoding="utf-8")


def run(*command: str | Path) -> None:
    # pip and uv must not use another active environment.
    environ = {name: value for name, value in os.environ.items() if name not in ("VIRTUAL_ENV", "PYTHONPATH", "PYTHONHOME")}
    subprocess.run(command, check=True, env=environ, stdin=subprocess.DEVNULL)


if __name__ == "__main__":
    try:
        main()
    except subprocess.CalledProcessError as error:
        sys.exit(f"Set-up failed: {' '.join(map(str, error.cmd))} exited with {error.returncode}")
