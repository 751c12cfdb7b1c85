#!/usr/bin/env python3
"""clang-tidy over every source of a build, skipping what has not changed since it passed.

A source is looked at again when anything that can change the verdict has changed: the source, a header of this tree that
it reaches, its compiler command, .clang-tidy, or clang-tidy itself. The key of all these is kept in the user's cache
(penstock/tidy below XDG_CACHE_HOME or ~/.cache) once the source has passed, whatever folder the tree lies in, so that a new
clone is not looked at from the beginning. Headers of installed packages are taken as unchanged.

usage: tidy.py BUILD_DIR [--jobs N] [--clang-tidy PROGRAM] [--only PATH]...
"""

import argparse
import concurrent.futures
import hashlib
import json
import os
import pathlib
import re
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
FOLDERS = ("common", "storage", "broker", "client", "tests", "bench")
INCLUDE = re.compile(rb'^[ \t]*#[ \t]*include[ \t]*["<]([^">]+)[">]', re.MULTILINE)
FINDING = re.compile(r"^\S.*?:\d+:\d+: (?:warning|error|fatal error): ", re.MULTILINE)


class Sources:
    """File contents and their includes, each read once."""

    def __init__(self):
        self._seen = {}

    def read(self, path):
        if path not in self._seen:
            content = path.read_bytes()
            direct = [self._resolve(path, name.decode()) for name in INCLUDE.findall(content)]
            self._seen[path] = (hashlib.sha256(content).digest(), [p for p in direct if p])
        return self._seen[path]

    @staticmethod
    def _resolve(includer, name):
        proto = re.sub(r"(\.grpc)?\.pb\.h$", ".proto", name)
        for candidate in (ROOT / name, ROOT / "client/include" / name, ROOT / "proto" / proto, includer.parent / name):
            if candidate.is_file():
                return candidate
        return None

    def closure(self, path):
        reached, pending = set(), [path]
        while pending:
            current = pending.pop()
            if current not in reached:
                reached.add(current)
                pending.extend(self.read(current)[1])
        return sorted(reached)


def sources_of(build_dir):
    """The entries of compile_commands.json that are ours: {path: command}."""
    commands = {}
    for entry in json.loads((build_dir / "compile_commands.json").read_text()):
        path = pathlib.Path(entry["directory"], entry["file"])
        if path.is_relative_to(ROOT) and path.relative_to(ROOT).parts[0] in FOLDERS and path.is_file():
            commands[path] = entry["command"]
    return commands


def key_of(path, command, tool, files):
    digest = hashlib.sha256(tool + command.replace(str(ROOT), ".").encode())
    for reached in files.closure(path):
        digest.update(str(reached.relative_to(ROOT)).encode() + files.read(reached)[0])
    return digest.hexdigest()


def cache_folder():
    base = os.environ.get("XDG_CACHE_HOME")
    return (pathlib.Path(base) if base else pathlib.Path.home() / ".cache") / "penstock" / "tidy"


def forget_old(passed):
    """Keys that no run has met for a month."""
    oldest = time.time() - 30 * 24 * 3600
    for stamp in passed.glob("*"):
        if stamp.stat().st_mtime < oldest:
            stamp.unlink(missing_ok=True)


def run_tidy(program, build_dir, path):
    """What clang-tidy has to say about `path`; empty if nothing."""
    done = subprocess.run(
        [program, "--quiet", "-p", str(build_dir), str(path)],
        capture_output=True, text=True, errors="replace", check=False)
    if done.returncode == 0 and not FINDING.search(done.stdout):
        return ""
    return done.stdout.strip() or done.stderr.strip() or f"{path}: {program} ended with {done.returncode}"


def new_findings(text, printed):
    """`text` without the findings that another source has shown already: those of shared headers."""
    starts = [match.start() for match in FINDING.finditer(text)]
    if not starts:
        return [text]
    blocks = [text[a:b].rstrip() for a, b in zip(starts, starts[1:] + [len(text)])]
    fresh = [block for block in blocks if block not in printed]
    printed.update(fresh)
    return fresh


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("build_dir", type=pathlib.Path)
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--clang-tidy", default="clang-tidy")
    parser.add_argument("--only", action="append", default=[], help="a file or folder of the tree; no other source is looked at")
    options = parser.parse_args()
    build_dir = options.build_dir.resolve()

    version = subprocess.run([options.clang_tidy, "--version"], capture_output=True, check=True).stdout
    tool = version + (ROOT / ".clang-tidy").read_bytes()
    files, stale, passed = Sources(), [], cache_folder()
    only = [ROOT / name for name in options.only]
    for path, command in sorted(sources_of(build_dir).items()):
        if only and not any(path.is_relative_to(folder) for folder in only):
            continue
        stamp = passed / key_of(path, command, tool, files)
        if stamp.is_file():
            stamp.touch()
        else:
            stale.append((path, stamp))
    forget_old(passed)

    failed, printed = 0, set()
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        running = {pool.submit(run_tidy, options.clang_tidy, build_dir, path): (path, stamp)
                   for path, stamp in stale}
        for count, done in enumerate(concurrent.futures.as_completed(running), 1):
            path, stamp = running[done]
            if sys.stderr.isatty():
                print(f"\r\033[K[{count}/{len(stale)}] {path.relative_to(ROOT)}", end="", file=sys.stderr, flush=True)
            if not done.result():
                stamp.parent.mkdir(parents=True, exist_ok=True)
                stamp.write_text(f"{path.relative_to(ROOT)}\n")
                continue
            failed += 1
            for finding in new_findings(done.result(), printed):
                if sys.stderr.isatty():
                    print("\r\033[K", end="", file=sys.stderr, flush=True)
                print(finding, flush=True)
    if sys.stderr.isatty() and stale:
        print("\r\033[K", end="", file=sys.stderr, flush=True)
    if failed:
        print(f"clang-tidy: {failed} of {len(stale)} sources looked at have findings")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
