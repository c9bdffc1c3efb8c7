# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Builds the documentation as a site in dist/docs, and checks the links within it.

Usage: .venv/bin/python tools/docs.py [--links] [--out FOLDER]

With --links, it builds nothing and checks the links to other sites.
"""

from __future__ import annotations

import argparse
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urldefrag, urlsplit

from environment import CHECKOUT, isolated

SITE = CHECKOUT / "dist" / "docs"
DOCSITE = CHECKOUT / "docs" / "docsite"
# Labels of Ansible and of other collections, which are resolved only online: see conf.py.
FOREIGN = re.compile(r"undefined label: '(?!ansible_collections\.keyless\.ec2\.)")


def main() -> int:
    """Returns 0 if the site was built and no link is broken."""
    parser = argparse.ArgumentParser(prog="docs", description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--links", action="store_true", help="only check the links to other sites")
    parser.add_argument("--out", type=Path, default=SITE, metavar="FOLDER", help="the folder of the site")
    asked = parser.parse_args()
    # A random name could end with _, which docutils takes for a link. This suffix makes a name that it does not.
    with tempfile.TemporaryDirectory(suffix="_") as folder:
        source = Path(folder)
        write_pages(source)
        if asked.links:
            print(run("sphinx-build", "--builder", "linkcheck", "--quiet", source, SITE.with_name("links")))
            return 0
        lost = [*build(source, asked.out), *broken_links(asked.out)]
    for each in lost:
        print(each)
    if not lost:
        print(f"Open {asked.out / 'index.html'}")
    return 1 if lost else 0


def write_pages(source: Path) -> None:
    """Writes the pages of plugins and roles with antsibull-docs, and copies the guides and what Sphinx needs."""
    run("antsibull-docs", "collection", "--use-current", "--no-indexes", "--fail-on-error", "--dest-dir", source, "keyless.ec2")
    index = source / "collections" / "keyless" / "ec2" / "index.rst"
    # antsibull-docs capitalizes the name in titles.
    index.write_text(index.read_text(encoding="utf-8").replace("Keyless.Ec2", "keyless.ec2"), encoding="utf-8")
    shutil.copytree(DOCSITE / "rst" / "images", source / "collections" / "keyless" / "ec2" / "docsite" / "images")
    shutil.copytree(DOCSITE / "sphinx", source, dirs_exist_ok=True)


def build(source: Path, site: Path) -> list[str]:
    """Builds the site from scratch. Returns Sphinx's warnings, except those about labels of other projects."""
    shutil.rmtree(site, ignore_errors=True)
    output = run("sphinx-build", "--builder", "html", "--quiet", "--jobs", "auto", source, site)
    shutil.rmtree(site / ".doctrees", ignore_errors=True)
    return [line.replace(f"{source}/", "") for line in output.splitlines() if line.strip() and not FOREIGN.search(line)]


def run(*command: str | Path) -> str:
    """Returns the output of a command. Exits if it fails."""
    done = subprocess.run(command, env=isolated(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    if done.returncode:
        sys.exit(f"{done.stdout}\n{command[0]} exited with {done.returncode}")
    return done.stdout


class Page(HTMLParser):
    """The links and the anchors of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.anchors: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Collects links and ids."""
        given = dict(attrs)
        self.anchors |= {anchor for name in ("id", "name") if (anchor := given.get(name))}
        link = given.get("href" if tag in ("a", "link") else "src")
        if link:
            self.links.append(link)


def broken_links(site: Path) -> Iterator[str]:
    """Yields a line for each link to a page, an anchor or an image that does not exist."""
    pages = {path: Page(path.read_text(encoding="utf-8")) for path in sorted(site.rglob("*.html"))}
    for path, page in pages.items():
        for link in dict.fromkeys(page.links):
            if is_broken(path, link, pages):
                yield f"{path.relative_to(site)}: {link} is broken"


def is_broken(path: Path, link: str, pages: dict[Path, Page]) -> bool:
    """Tells whether a link is broken, as far as that can be checked offline."""
    address, anchor = urldefrag(link)
    if urlsplit(address).scheme:
        return False
    target = (path.parent / unquote(urlsplit(address).path)).resolve() if address else path
    if not target.exists():
        return True
    return bool(anchor) and target in pages and anchor not in pages[target].anchors


if __name__ == "__main__":
    sys.exit(main())
